import { Clock as SdkClock, Health, Http, Inbound, Logger, Readings, Schedule, Secrets, Storage } from '@dayfold/sdk';
import type { Plugin, ServiceToken, Source } from '@dayfold/sdk';
import { Container } from 'inversify';
import type { SourceConfiguration } from '../config/configuration.ts';
import type { Calendar } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import type { Intake } from '../intake/intake.ts';
import type { Service } from '../kernel/service.ts';
import { token } from '../kernel/token.ts';
import type { Journal } from '../store/journal.ts';
import type { KeyValues, Problems } from '../store/problems.ts';
import { CronSchedule } from './cron-schedule.ts';
import type { InboundRoutes } from './inbound-routes.ts';
import type { PluginCatalog } from './plugin-catalog.ts';
import { SourceRunner } from './source-runner.ts';
import { SourceRecord } from './source-record.ts';
import type { SourceStatus } from './source-status.ts';

export interface HostParts {
  readonly catalog: PluginCatalog;
  readonly intake: Intake;
  readonly journal: Journal;
  readonly keyValues: KeyValues;
  readonly problems: Problems;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly http: Http;
  readonly inbound: InboundRoutes;
  readonly secrets: (source: string, name: string) => Promise<string | undefined>;
  readonly log: Logger;
  readonly random: () => number;
}
export const HostParts = token<HostParts>('HostParts');

/** The sources to begin with. */
export type ConfiguredSources = readonly SourceConfiguration[];
export const ConfiguredSources = token<ConfiguredSources>('ConfiguredSources');

interface Hosted {
  readonly configuration: SourceConfiguration;
  readonly record: SourceRecord;
  readonly runner: SourceRunner | undefined;
}

/** Runs one plugin instance for each configured source, each in a child container of its own. */
export class SourceHost implements Service {
  readonly name = 'sources';
  readonly #parts: HostParts;
  readonly #container = new Container();
  #sources: readonly SourceConfiguration[];
  readonly #hosted = new Map<string, Hosted>();

  constructor(parts: HostParts, sources: readonly SourceConfiguration[]) {
    this.#parts = parts;
    this.#sources = sources;
  }

  async start(): Promise<void> {
    await Promise.all(this.#sources.map((source) => this.#host(source)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#hosted.keys()].map((name) => this.#drop(name)));
  }

  /** Stops, starts and restarts only the sources whose configuration changed. */
  async replace(sources: readonly SourceConfiguration[]): Promise<void> {
    const next = new Map(sources.map((source) => [source.name, source]));
    this.#sources = sources;
    const gone = [...this.#hosted.values()].filter(
      ({ configuration }) => !isSame(configuration, next.get(configuration.name)),
    );
    await Promise.all(gone.map(({ configuration }) => this.#drop(configuration.name)));
    await Promise.all(sources.filter(({ name }) => !this.#hosted.has(name)).map((source) => this.#host(source)));
  }

  async status(): Promise<readonly SourceStatus[]> {
    return await Promise.all(
      [...this.#hosted.values()].map(async ({ record }) => ({
        ...record.status(),
        readings: this.#parts.intake.taken(record.name),
        lastReading: await this.#parts.journal.lastReceived(record.name),
      })),
    );
  }

  /** Builds a source outside its life, for `probe` and `once`; the caller aborts and drops it. */
  async build(
    configuration: SourceConfiguration,
    signal: AbortSignal,
  ): Promise<{ source: Source; record: SourceRecord }> {
    const plugin = await this.#parts.catalog.load(configuration.plugin);
    const record = this.#recordOf(configuration);
    return { source: this.#sourceOf(plugin, configuration, record, signal), record };
  }

  async #host(configuration: SourceConfiguration): Promise<void> {
    const record = this.#recordOf(configuration);
    if (!configuration.enabled) {
      record.set('disabled');
      this.#hosted.set(configuration.name, { configuration, record, runner: undefined });
      return;
    }
    const lifetime = new AbortController();
    let plugin: Plugin;
    try {
      plugin = await this.#parts.catalog.load(configuration.plugin);
    } catch (error) {
      record.set('invalid', (error as Error).message);
      this.#hosted.set(configuration.name, { configuration, record, runner: undefined });
      return;
    }
    const runner = new SourceRunner(
      () => this.#sourceOf(plugin, configuration, record, lifetime.signal),
      this.#parts.clock,
      { state: (state, message, nextAttempt) => record.set(state, message, nextAttempt) },
      this.#parts.random,
    );
    this.#hosted.set(configuration.name, { configuration, record, runner });
    runner.start();
  }

  async #drop(name: string): Promise<void> {
    const hosted = this.#hosted.get(name);
    await hosted?.runner?.stop();
    await hosted?.record.clear();
    this.#hosted.delete(name);
  }

  #recordOf(configuration: SourceConfiguration): SourceRecord {
    const { clock, problems, log } = this.#parts;
    return new SourceRecord(configuration.name, configuration.plugin, clock, problems, log);
  }

  #sourceOf(plugin: Plugin, configuration: SourceConfiguration, record: SourceRecord, lifetime: AbortSignal): Source {
    const child = new Container({ parent: this.#container });
    this.#bindServices(child, configuration, record, lifetime);
    child
      .bind<Source>(SOURCE)
      .toResolvedValue((...services: unknown[]) => plugin.source(configuration.options, ...services), [
        ...plugin.inject,
      ] as never);
    return child.get<Source>(SOURCE);
  }

  #bindServices(child: Container, { name }: SourceConfiguration, record: SourceRecord, lifetime: AbortSignal): void {
    const { intake, journal, keyValues, clock, calendar, http, inbound, secrets, log } = this.#parts;
    const misfit = (reason: string, sample: string): void => record.misfit(reason, sample);
    const bind = <T>(token: ServiceToken<T>, service: T): void => {
      child.bind<T>(token).toConstantValue(service);
    };
    bind(Readings, {
      emit: async (batch, state = {}) => await intake.emit(name, batch, state, misfit),
      mirror: async (table, rows) => await intake.mirror(name, table, rows, misfit),
      window: (size) => intake.window(name, size),
      receipts: async (limit) => await journal.receipts(name, limit),
    });
    bind(Logger, {
      debug: (message, details) => log.debug(message, { source: name, ...details }),
      info: (message, details) => log.info(message, { source: name, ...details }),
      warn: (message, details) => log.warn(message, { source: name, ...details }),
      error: (message, details) => log.error(message, { source: name, ...details }),
    });
    bind(SdkClock, {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      zone: () => calendar.zoneAt(clock.now()),
      sleep: async (ms, signal) => await clock.sleep(ms, signal),
    });
    bind(
      Schedule,
      new CronSchedule(
        clock,
        () => calendar.zoneAt(clock.now()),
        (error) => record.degraded((error as Error).message),
      ),
    );
    bind(Storage, {
      get: async (key) => await keyValues.get(name, key),
      set: async (key, value) => await keyValues.set(name, key, value),
      delete: async (key) => await keyValues.delete(name, key),
      keys: async () => await keyValues.keys(name),
    });
    bind(Http, {
      request: async (url, request) => await http.request(url, { ...request, signal: request?.signal ?? lifetime }),
    });
    bind(Health, { ok: (message) => record.ok(message), degraded: (message) => record.degraded(message), misfit });
    bind(Secrets, { get: async (secret) => await secrets(name, secret) });
    bind(Inbound, inbound);
  }
}

const SOURCE = Symbol.for('dayfold.Source');

function isSame(left: SourceConfiguration, right: SourceConfiguration | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
