import { Container } from 'inversify';
import { definitionOf } from '../config/definition.ts';
import { differences, linesOf } from '../config/differences.ts';
import type { Configuration } from '../config/configuration.ts';
import { LivingCalendar } from '../day/living-calendar.ts';
import { InboundRoutes } from '../hosting/inbound-routes.ts';
import { hostingModule } from '../hosting/hosting.module.ts';
import { secretsOf } from '../hosting/hide-secrets.ts';
import { SourceHost } from '../hosting/source-host.ts';
import { AttributeIndex } from '../intake/attribute-index.ts';
import { DayFolding } from '../intake/day-folding.ts';
import { intakeModule } from '../intake/intake.module.ts';
import { Intake } from '../intake/intake.ts';
import { JournalKeeper } from '../intake/journal-keeper.ts';
import { ConfigInvalid, isPassing } from '../kernel/errors.ts';
import { Service } from '../kernel/service.ts';
import type { Secret } from '../kernel/secret.ts';
import type { LocalDay } from '../day/calendar.ts';
import { Store } from '../store/store.ts';
import { ConnectFlow } from '../writing/connect.ts';
import { WriteCoordinator } from '../writing/write-coordinator.ts';
import { writingModule } from '../writing/writing.module.ts';
import { appModule } from './app.module.ts';
import type { DaemonParts } from './daemon-parts.ts';
import { DaemonEngine } from './daemon-engine.ts';
import { Housekeeping } from './housekeeping.ts';
import { calendarOf } from './zones.ts';

const HOUSEKEEPING_MS = 3_600_000;
/** As long as the container's health check waits before it counts. */
const READY_LIMIT_MS = 30_000;
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
  readonly inbound: InboundRoutes;
  readonly host: SourceHost;
  readonly intake: Intake;
  readonly folding: DayFolding;
  readonly coordinator: WriteCoordinator;
  readonly #parts: DaemonParts;
  readonly #calendar: LivingCalendar;
  readonly #attributes: AttributeIndex;
  readonly #journalKeeper: JournalKeeper;
  readonly #store: Store;
  readonly #services: readonly Service[];
  readonly #started: Service[] = [];
  #configuration: Configuration;
  #abort: AbortController | undefined;

  private constructor(parts: DaemonParts, calendar: LivingCalendar, container: Container) {
    const { configuration, clock } = parts;
    this.#parts = parts;
    this.#configuration = configuration;
    this.#calendar = calendar;
    container.load(
      intakeModule,
      writingModule,
      hostingModule,
      appModule(parts, calendar, async () => await this.refresh()),
    );
    const store = container.get(Store);
    this.#store = store;
    this.#attributes = container.get(AttributeIndex);
    this.#attributes.replace(configuration.attributes);
    this.folding = container.get(DayFolding);
    this.#journalKeeper = container.get(JournalKeeper);
    this.intake = container.get(Intake);
    this.coordinator = container.get(WriteCoordinator);
    this.inbound = container.get(InboundRoutes);
    this.host = container.get(SourceHost);
    // In the order of their binding: lowest room first.
    this.#services = container.getAll(Service);
    this.engine = new DaemonEngine({
      configuration: () => this.#configuration,
      isRunning: () => this.#abort !== undefined,
      store,
      clock,
      calendar,
      attributes: this.#attributes,
      folding: this.folding,
      coordinator: this.coordinator,
      connect: container.get(ConnectFlow),
      host: this.host,
      refresh: async () => await this.#refreshIfStorable(),
    });
  }

  static async open(parts: DaemonParts): Promise<Daemon> {
    const { configuration, clock } = parts;
    const container = new Container();
    container.load(...parts.modules);
    const store = container.get(Store);
    const calendar = new LivingCalendar(
      await calendarOf(store.keyValues, await zoneOf(configuration, store), configuration.dayStartsMin, clock.now()),
    );
    const daemon = new Daemon(parts, calendar, container);
    await daemon.#journalKeeper.restore();
    await daemon.#noteDefinitions();
    return daemon;
  }

  async start(): Promise<void> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.intake.commitEveryMs = this.#configuration.journal.commitEveryMs;
    const house = await Housekeeping.open(this.#store, this.#journalKeeper, this.#parts, this.#configuration.journal);
    for (const service of this.#services) {
      await service.start(signal);
      this.#started.push(service);
    }
    void this.#every(HOUSEKEEPING_MS, signal, async () => {
      await house.keep(this.#configuration.journal, async () => {
        await this.#noteZone();
        await this.refresh();
      });
    });
    if (this.#configuration.attributes.some(({ write }) => write === 'increment')) {
      void this.#every(INCREMENT_FOLD_MS, signal, async () => {
        await this.folding.fold();
        await this.coordinator.sendIncrements();
      });
    }
  }

  async stop(): Promise<void> {
    this.#abort?.abort(new Error('the daemon stops'));
    // Sources wait for what they handed over: it is stored at once, not when commit_every has passed.
    this.intake.commitEveryMs = 0;
    await this.intake.flush();
    for (const service of this.#started.splice(0).reverse()) await service.stop();
    await this.intake.flush();
    this.#abort = undefined;
  }

  /** Resolves, once started, when it takes what comes: every source subscribed, or in trouble that `status` names. */
  async ready(): Promise<void> {
    await this.host.tried(READY_LIMIT_MS);
  }

  /** What the configuration in force holds of secrets. */
  get secrets(): readonly Secret[] {
    const { exist, sources } = this.#configuration;
    return [...(exist?.accounts ?? []).map(({ clientSecret }) => clientSecret), ...sources.flatMap(secretsOf)];
  }

  /**
   * Takes over a new, valid configuration; only what changed restarts. Answers with what changed. An empty one is refused: a
   * full disk or an editor leaves such files, and nobody stops everything by it.
   */
  async reload(next: Configuration): Promise<readonly string[]> {
    if (isEmpty(next) && !isEmpty(this.#configuration))
      throw new ConfigInvalid('the file names nothing any more: no source, no attribute, no account');
    const changes = differences(this.#configuration, next);
    this.#configuration = next;
    this.#attributes.replace(next.attributes);
    this.intake.commitEveryMs = next.journal.commitEveryMs;
    await this.#noteZone();
    await this.#noteDefinitions();
    await this.coordinator.configure({ attributes: next.attributes, exist: next.exist });
    await this.host.replace(next.sources);
    return linesOf(changes);
  }

  /** For what goes wrong around the daemon, such as a broken change of its configuration. */
  async raiseProblem(code: string, subject: string, message: string, remedy: string): Promise<void> {
    await this.#store.problems.raise({ code, subject, message, remedy, since: this.#parts.clock.now() });
  }

  async clearProblem(code: string, subject: string): Promise<void> {
    await this.#store.problems.clear(code, subject);
  }

  /** How many there are. */
  async attributeDays(): Promise<number> {
    return await this.#store.attributeDays.count();
  }

  /** Folds what was touched and what changed by mere passing of time. */
  async refresh(): Promise<void> {
    const { keyValues } = this.#store;
    await this.intake.flush();
    const since = (await keyValues.get('dayfold', FOLDED_UNTIL)) as LocalDay | undefined;
    await this.folding.refresh(since);
    if (!this.#parts.clock.trusted()) return;
    const today = this.#calendar.dayOf(this.#parts.clock.now());
    if (today !== since) await keyValues.set('dayfold', FOLDED_UNTIL, today);
  }

  /** For those who look: on a disk that takes nothing, what is stored is shown as it is. */
  async #refreshIfStorable(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  /** Attributes that are new or defined anew are folded again from every reading there is. */
  async #noteDefinitions(): Promise<void> {
    const { attributeDays } = this.#store;
    const changed = new Map<string, string>();
    for (const attribute of this.#configuration.attributes) {
      const definition = `${definitionOf(attribute)} ${this.#configuration.dayStartsMin}`;
      if ((await attributeDays.definition(attribute.name)) === definition) continue;
      await this.folding.touchAll(attribute);
      changed.set(attribute.name, definition);
    }
    if (changed.size > 0) await attributeDays.setDefinitions(changed);
  }

  async #noteZone(): Promise<void> {
    const store = this.#store;
    const { clock } = this.#parts;
    const zone = await zoneOf(this.#configuration, store);
    this.#calendar.replace(await calendarOf(store.keyValues, zone, this.#configuration.dayStartsMin, clock.now()));
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

function isEmpty({ sources, attributes, exist }: Configuration): boolean {
  return sources.length === 0 && attributes.length === 0 && exist === undefined;
}

/** As configured, else the zone of the first account's profile, else the host's. */
async function zoneOf(configuration: Configuration, store: Store): Promise<string> {
  if (configuration.timezone !== undefined) return configuration.timezone;
  const first = configuration.exist?.accounts[0];
  const profile = first === undefined ? undefined : (await store.tokens.get(first.name))?.timezone;
  return profile ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}
