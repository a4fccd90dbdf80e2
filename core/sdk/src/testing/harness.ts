import type { Plugin, Source } from '../define-plugin.ts';
import type { Reading } from '../reading.ts';
import { Clock, Health, Http, Inbound, Logger, Readings, Schedule, Secrets, Storage } from '../services.ts';
import type { ServiceToken } from '../services.ts';
import { CapturedReadings } from './captured-readings.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeHttp, FakeInbound } from './fake-network.ts';
import type { HttpHandler } from './fake-network.ts';
import { FakeSchedule } from './fake-schedule.ts';
import { MemoryStorage } from './memory-storage.ts';
import { RecordedHealth, RecordedLogger } from './recorded-health.ts';

export interface HarnessOptions {
  /** Milliseconds since 1970; default noon of 2024-03-30 UTC. */
  readonly now?: number;
  /** IANA zone of the user; default Europe/Berlin. */
  readonly zone?: string;
  /** Answers the requests of the source. */
  readonly http?: HttpHandler;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What an earlier run left behind. */
  readonly storage?: MemoryStorage;
}

export interface Harness {
  readonly source: Source;
  readonly readings: CapturedReadings;
  readonly clock: FakeClock;
  readonly schedule: FakeSchedule;
  readonly storage: MemoryStorage;
  readonly health: RecordedHealth;
  readonly logger: RecordedLogger;
  readonly http: FakeHttp;
  readonly inbound: FakeInbound;
  /** Everything the source emitted so far. */
  readonly emitted: readonly Reading[];
  start(): Promise<void>;
  /** Aborts the signal given to `start`, then lets the source stop. */
  stop(): Promise<void>;
  once(): Promise<void>;
  advance(ms: number): Promise<void>;
}

/**
 * Runs one source of a plugin without a host: the configuration passes the plugin's own schema, every service is a fake
 * the test can look into, and time moves by `advance`.
 */
export function harness<Config>(plugin: Plugin<Config>, config: unknown, options: HarnessOptions = {}): Harness {
  const storage = options.storage ?? new MemoryStorage();
  const readings = new CapturedReadings(storage);
  const clock = new FakeClock(options.now ?? Date.UTC(2024, 2, 30, 12), options.zone ?? 'Europe/Berlin');
  const schedule = new FakeSchedule(clock);
  const health = new RecordedHealth();
  const logger = new RecordedLogger();
  const http = new FakeHttp(options.http);
  const inbound = new FakeInbound();
  const secrets: Secrets = { get: (name) => Promise.resolve(options.secrets?.[name]) };
  const services = new Map<ServiceToken<unknown>, unknown>([
    [Readings, readings],
    [Clock, clock],
    [Schedule, schedule],
    [Storage, storage],
    [Health, health],
    [Logger, logger],
    [Http, http],
    [Inbound, inbound],
    [Secrets, secrets],
  ]);
  const injected = plugin.inject.map((token) => {
    if (!services.has(token)) throw new Error(`there is no service ${String(token)}`);
    return services.get(token);
  });
  const source = plugin.source(plugin.config.parse(config), ...injected);
  const abort = new AbortController();
  return {
    source,
    readings,
    clock,
    schedule,
    storage,
    health,
    logger,
    http,
    inbound,
    emitted: readings.emitted,
    start: async () => source.start(abort.signal),
    async stop() {
      abort.abort(new Error('the source is stopped'));
      await source.stop?.();
    },
    once: async () => source.once?.(abort.signal),
    advance: (ms) => clock.advance(ms),
  };
}
