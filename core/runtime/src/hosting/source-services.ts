import {
  Clock as SdkClock,
  Health,
  Http,
  Inbound,
  Logger,
  NotReady,
  Readings,
  Schedule,
  Secrets,
  Storage,
} from '@dayfold/sdk';
import type { ServiceToken } from '@dayfold/sdk';
import type { SourceConfiguration } from '../config/configuration.ts';
import type { Calendar } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import type { Intake } from '../intake/intake.ts';
import type { Journal } from '../store/journal.ts';
import type { KeyValues } from '../store/problems.ts';
import { CronSchedule } from './cron-schedule.ts';
import type { InboundRoutes } from './inbound-routes.ts';
import { hiddenDetails, hiding, secretsOf } from './hide-secrets.ts';
import type { Hide } from './hide-secrets.ts';
import { faultOf } from './plugin-fault.ts';
import type { SourceRecord } from './source-record.ts';
import type { SourceLife } from './source-runner.ts';
import { SourceStorage } from './source-storage.ts';

export interface ServiceParts {
  readonly intake: Intake;
  readonly journal: Journal;
  readonly keyValues: KeyValues;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly http: Http;
  readonly inbound: InboundRoutes;
  readonly log: Logger;
}

export type SourceServices = ReadonlyMap<ServiceToken<unknown>, unknown>;

/** All that a source may ask for, made for this source and this attempt alone. */
export function sourceServices(
  parts: ServiceParts,
  configuration: SourceConfiguration,
  record: SourceRecord,
  life: SourceLife,
): SourceServices {
  const { http, inbound } = parts;
  const { name, secrets = {} } = configuration;
  const services = new Map<ServiceToken<unknown>, unknown>();
  const offer = <T>(token: ServiceToken<T>, service: T): void => void services.set(token, service);
  const storage = new SourceStorage(parts.keyValues, name, () => refuseIfOver(life));
  offer(Readings, readingsOf(parts, name, record, life, storage));
  offer(Storage, storage);
  offer(Logger, loggerOf(parts.log, name, hiding(secretsOf(configuration))));
  offer(SdkClock, clockOf(parts));
  offer(Schedule, scheduleOf(parts, record, life));
  offer(Http, {
    request: async (url, request) => await http.request(url, { ...request, signal: request?.signal ?? life.signal }),
  });
  offer(Health, {
    ok: (message) => record.ok(message),
    degraded: (message) => record.degraded(message),
    misfit: (reason, sample) => record.misfit(reason, sample),
  });
  offer(Secrets, {
    get: (secret) => Promise.resolve(Object.hasOwn(secrets, secret) ? secrets[secret]?.reveal() : undefined),
  });
  offer(Inbound, {
    listen: (path, signal, answer) => inbound.listen(path, AbortSignal.any([signal, life.signal]), answer),
  });
  return services;
}

function readingsOf(
  { intake, journal }: ServiceParts,
  name: string,
  record: SourceRecord,
  life: SourceLife,
  storage: SourceStorage,
): Readings {
  const misfit = (reason: string, sample: string): void => record.misfit(reason, sample);
  return {
    async emit(batch, state = {}) {
      refuseIfOver(life);
      storage.admit(state);
      await intake.emit(name, batch, state, misfit);
    },
    async mirror(table, rows) {
      refuseIfOver(life);
      return await intake.mirror(name, table, rows, misfit);
    },
    window: (size) => intake.window(name, size),
    receipts: async (limit) => await journal.receipts(name, limit),
  };
}

/** A source that was left behind must not write beside the one that took its place. */
function refuseIfOver({ over }: SourceLife): void {
  if (over.aborted) throw new NotReady('this source has ended; nothing more is taken from it');
}

function loggerOf(log: Logger, name: string, hide: Hide): Logger {
  const say =
    (level: keyof Logger): Logger[keyof Logger] =>
    (message, details) =>
      log[level](`source ${name}: ${hide(message)}`, { ...hiddenDetails(details, hide), source: name });
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}

function clockOf({ clock, calendar }: ServiceParts): SdkClock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    zone: () => calendar.zoneAt(clock.now()),
    sleep: async (ms, signal) => await clock.sleep(ms, signal),
  };
}

function scheduleOf({ clock, calendar }: ServiceParts, record: SourceRecord, { signal }: SourceLife): Schedule {
  return new CronSchedule(
    clock,
    () => calendar.zoneAt(clock.now()),
    {
      failed: (job, error) => record.jobFailed(job, faultOf(error).message),
      done: (job) => record.jobDone(job),
    },
    signal,
  );
}
