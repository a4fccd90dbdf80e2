import type { Http, Logger } from '@dayfold/sdk';
import { definitionOf } from '../config/definition.ts';
import { differences } from '../config/differences.ts';
import type { Differences, NamedChanges } from '../config/differences.ts';
import type { Configuration } from '../config/configuration.ts';
import type { Clock } from '../day/clock.ts';
import { LivingCalendar } from '../day/living-calendar.ts';
import { GuardedHttp } from '../hosting/http-client.ts';
import { InboundRoutes } from '../hosting/inbound-routes.ts';
import type { PluginCatalog } from '../hosting/plugin-catalog.ts';
import { SourceHost } from '../hosting/source-host.ts';
import { AttributeIndex } from '../intake/attribute-index.ts';
import { DayFolding, pruneJournal } from '../intake/day-folding.ts';
import { Intake } from '../intake/intake.ts';
import type { Service } from '../kernel/service.ts';
import type { LocalDay } from '../day/calendar.ts';
import type { Store } from '../store/store.ts';
import type { ExistGateway } from '../writing/exist-gateway.ts';
import { ConnectFlow } from '../writing/connect.ts';
import { WriteCoordinator } from '../writing/write-coordinator.ts';
import { DaemonEngine } from './daemon-engine.ts';
import { calendarOf } from './zones.ts';

export interface DaemonParts {
  readonly configuration: Configuration;
  readonly store: Store;
  readonly gateway: ExistGateway;
  readonly clock: Clock;
  readonly catalog: PluginCatalog;
  readonly log: Logger;
  readonly random: () => number;
  readonly http?: Http;
}

const HOUSEKEEPING_MS = 3_600_000;
const INCREMENT_FOLD_MS = 60_000;
const FOLDED_UNTIL = 'folded_until';

/**
 * The parts brought together.
 *
 * `open` settles zone and definitions and makes the engine answer; nothing runs yet, so a command may use it alone.
 * `start` begins with the lowest room: intake is passive, then the coordinator, then the sources; `stop` goes the other
 * way, so that what sources still hand over is stored before the store closes.
 */
export class Daemon {
  readonly engine: DaemonEngine;
  readonly inbound = new InboundRoutes();
  readonly host: SourceHost;
  readonly intake: Intake;
  readonly folding: DayFolding;
  readonly coordinator: WriteCoordinator;
  readonly #parts: DaemonParts;
  readonly #calendar: LivingCalendar;
  readonly #attributes: AttributeIndex;
  readonly #services: Service[] = [];
  #configuration: Configuration;
  #abort: AbortController | undefined;

  private constructor(parts: DaemonParts, calendar: LivingCalendar) {
    const { configuration, store, clock, gateway, log } = parts;
    this.#parts = parts;
    this.#configuration = configuration;
    this.#calendar = calendar;
    this.#attributes = new AttributeIndex(configuration.attributes);
    this.folding = new DayFolding(store.journal, store.attributeDays, this.#attributes, calendar, clock);
    this.folding.keepMs = configuration.journal.keepMs;
    this.intake = new Intake(store.journal, clock, calendar, this.#attributes, {
      commitEveryMs: configuration.journal.commitEveryMs,
      onTrouble: (error) =>
        log.error(`readings cannot be stored: ${(error as Error).message}; they wait and are tried again`),
    });
    this.coordinator = new WriteCoordinator({
      store,
      gateway,
      clock,
      calendar,
      random: parts.random,
      log,
      beforeSync: async () => await this.refresh(),
      settings: { attributes: configuration.attributes, exist: configuration.exist },
    });
    this.host = new SourceHost(
      {
        catalog: parts.catalog,
        intake: this.intake,
        journal: store.journal,
        keyValues: store.keyValues,
        problems: store.problems,
        clock,
        calendar,
        http: parts.http ?? new GuardedHttp(),
        inbound: this.inbound,
        secrets: async () => await Promise.resolve(undefined),
        log,
        random: parts.random,
      },
      configuration.sources,
    );
    this.engine = new DaemonEngine({
      configuration: () => this.#configuration,
      isRunning: () => this.#abort !== undefined,
      store,
      clock,
      calendar,
      attributes: this.#attributes,
      folding: this.folding,
      coordinator: this.coordinator,
      connect: new ConnectFlow({ store, gateway, clock }),
      host: this.host,
      refresh: async () => await this.refresh(),
    });
  }

  static async open(parts: DaemonParts): Promise<Daemon> {
    const { configuration, store, clock } = parts;
    const calendar = new LivingCalendar(
      await calendarOf(store.keyValues, await zoneOf(configuration, store), configuration.dayStartsMin, clock.now()),
    );
    const daemon = new Daemon(parts, calendar);
    await daemon.#noteDefinitions();
    return daemon;
  }

  async start(): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    for (const service of [this.coordinator, this.host] as const) {
      await service.start(signal);
      this.#services.push(service);
    }
    void this.#every(HOUSEKEEPING_MS, signal, async () => await this.#keepHouse());
    if (this.#configuration.attributes.some(({ write }) => write === 'increment')) {
      void this.#every(INCREMENT_FOLD_MS, signal, async () => {
        await this.folding.fold();
        await this.coordinator.sendIncrements();
      });
    }
  }

  async stop(): Promise<void> {
    this.#abort?.abort(new Error('the daemon stops'));
    for (const service of this.#services.splice(0).reverse()) await service.stop();
    await this.intake.flush();
    this.#abort = undefined;
  }

  /** Takes over a new, valid configuration; only what changed restarts. Answers with what changed. */
  async reload(next: Configuration): Promise<readonly string[]> {
    const changes = differences(this.#configuration, next);
    this.#configuration = next;
    this.#attributes.replace(next.attributes);
    this.intake.commitEveryMs = next.journal.commitEveryMs;
    this.folding.keepMs = next.journal.keepMs;
    await this.#noteZone();
    await this.#noteDefinitions();
    await this.coordinator.configure({ attributes: next.attributes, exist: next.exist });
    await this.host.replace(next.sources);
    return changeLines(changes);
  }

  /** For what goes wrong around the daemon, such as a broken change of its configuration. */
  async raiseProblem(code: string, subject: string, message: string, remedy: string): Promise<void> {
    await this.#parts.store.problems.raise({ code, subject, message, remedy, since: this.#parts.clock.now() });
  }

  async clearProblem(code: string, subject: string): Promise<void> {
    await this.#parts.store.problems.clear(code, subject);
  }

  /** Folds what was touched and what changed by mere passing of time. */
  async refresh(): Promise<void> {
    const { keyValues } = this.#parts.store;
    await this.intake.flush();
    const since = (await keyValues.get('dayfold', FOLDED_UNTIL)) as LocalDay | undefined;
    await this.folding.refresh(since);
    if (!this.#parts.clock.trusted()) return;
    const today = this.#calendar.dayOf(this.#parts.clock.now());
    if (today !== since) await keyValues.set('dayfold', FOLDED_UNTIL, today);
  }

  /** Attributes that are new or defined anew are folded again from every reading there is. */
  async #noteDefinitions(): Promise<void> {
    const { attributeDays } = this.#parts.store;
    for (const attribute of this.#configuration.attributes) {
      const definition = `${definitionOf(attribute)} ${this.#configuration.dayStartsMin}`;
      if ((await attributeDays.definition(attribute.name)) === definition) continue;
      await this.folding.touchAll(attribute);
      await attributeDays.setDefinition(attribute.name, definition);
    }
  }

  async #noteZone(): Promise<void> {
    const { store, clock } = this.#parts;
    const zone = await zoneOf(this.#configuration, store);
    this.#calendar.replace(await calendarOf(store.keyValues, zone, this.#configuration.dayStartsMin, clock.now()));
  }

  async #keepHouse(): Promise<void> {
    const { store, clock, log } = this.#parts;
    if (!clock.trusted()) return;
    await this.#noteZone();
    const before = clock.now() - this.#configuration.journal.keepMs;
    await this.refresh();
    const removed = await pruneJournal(store.journal, this.#attributes, before);
    await store.requestLog.prune(before);
    if (removed > 0) log.debug(`removed ${removed} raw readings older than journal.keep`);
  }

  async #every(ms: number, signal: AbortSignal, run: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#parts.clock.sleep(ms, signal);
        await run();
      } catch (error) {
        if (!signal.aborted) this.#parts.log.error(`housekeeping: ${(error as Error).message}`);
      }
    }
  }
}

function changeLines({ sources, attributes, restartNeeded }: Differences): string[] {
  const lines = (kind: string, { added, removed, changed }: NamedChanges): string[] => [
    ...added.map((name) => `${kind} ${name} added`),
    ...removed.map((name) => `${kind} ${name} removed`),
    ...changed.map((name) => `${kind} ${name} changed`),
  ];
  const later = restartNeeded
    .filter((section) => section === 'web')
    .map((section) => `${section} takes effect at the next start`);
  return [...lines('source', sources), ...lines('attribute', attributes), ...later];
}

/** As configured, else the zone of the first account's profile, else the host's. */
async function zoneOf(configuration: Configuration, store: Store): Promise<string> {
  if (configuration.timezone !== undefined) return configuration.timezone;
  const first = configuration.exist?.accounts[0];
  const profile = first === undefined ? undefined : (await store.tokens.get(first.name))?.timezone;
  return profile ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}
