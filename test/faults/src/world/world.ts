import { startExistTwin } from '@dayfold/exist-twin';
import type { ExistTwin } from '@dayfold/exist-twin';
import { openSqliteStore } from '@dayfold/store-sqlite';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Dice } from '../dice.ts';
import { DaemonDriver } from '../driver/daemon-driver.ts';
import { MovedDays, Oracle, UNDATED } from '../oracle.ts';
import type { SentReading, SeriesName } from '../oracle.ts';
import { AedesBroker } from './aedes-broker.ts';
import type { Broker } from './broker.ts';
import { HttpApi } from './http-api.ts';
import { MosquittoBroker } from './mosquitto-broker.ts';
import { WorldFiles } from './world-files.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
const SCOPES = ['activity_write', 'health_write', 'media_write', 'productivity_write'];
/** Of real time, for what disk and network do. */
const SETTLE_LIMIT_MS = 45_000;
const POLL_MS = 3;
/** Of Exist, for whole numbers, in groups the login allows. */
const TEMPLATES = [
  'floors',
  'commits',
  'tasks_completed',
  'words_written',
  'emails_sent',
  'keystrokes',
  'articles_read',
];
const SOURCE_OF: Readonly<Record<SeriesName, string>> = {
  clicks: 'home',
  drops: 'home',
  meter: 'home',
  steps: 'home',
  taps: 'home',
  pages: 'books',
  entries: 'diary',
  warmth: 'weather',
};

export type Sensor = 'drops' | 'meter' | 'steps' | 'taps';

export type BrokerKind = 'aedes' | 'mosquitto';

export interface Beginning {
  readonly start: number;
  readonly zone: string;
  readonly broker?: BrokerKind;
}

/** Everything around one daemon, and what was given to it. */
export class World implements AsyncDisposable {
  readonly folder: string;
  readonly dice: Dice;
  readonly broker: Broker;
  readonly api: HttpApi;
  readonly twin: ExistTwin;
  readonly driver: DaemonDriver;
  readonly files: WorldFiles;
  readonly oracle: Oracle;
  readonly days: MovedDays;
  /** How far the daemon's clock is from the time of the world, which is that of Exist. */
  clockErrorMs = 0;
  /** The time of arrival says nothing now. */
  isClockWrong = false;
  readonly #afterwards: (() => void)[] = [];
  #numbers = 0;
  #meter = 1000;
  #steps = 0;
  #added = 0;
  #lastAt = 0;

  private constructor(parts: {
    readonly folder: string;
    readonly zone: string;
    readonly seed: number;
    readonly broker: Broker;
    readonly api: HttpApi;
    readonly twin: ExistTwin;
    readonly driver: DaemonDriver;
  }) {
    const { folder, zone, seed, broker, api, twin, driver } = parts;
    this.folder = folder;
    this.dice = new Dice(seed);
    this.broker = broker;
    this.api = api;
    this.twin = twin;
    this.driver = driver;
    this.days = new MovedDays(zone);
    this.oracle = new Oracle((at) => this.dayOf(at));
    this.files = new WorldFiles({ folder, zone, broker, apiUrl: api.url, existUrl: twin.url });
  }

  /** A daemon that runs, logged in, with everything subscribed. */
  static async begin(seed: number, { start, zone, broker: kind = 'aedes' }: Beginning): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), `dayfold-faults-${seed}-`));
    const broker = kind === 'aedes' ? await AedesBroker.open() : await MosquittoBroker.open();
    const api = await HttpApi.open();
    const clock = { now: () => start };
    const twin = await startExistTwin({ timezone: zone, now: () => clock.now(), seed });
    const driver = new DaemonDriver({ folder, existUrl: twin.url, now: start });
    const world = new World({ folder, zone, seed, broker, api, twin, driver });
    clock.now = () => world.now;
    await world.driver.start();
    await world.untilRunning();
    await world.logIn();
    return world;
  }

  /** The time that it really is. */
  get now(): number {
    return this.driver.now - this.clockErrorMs;
  }

  dayOf(at: number): string {
    return this.days.dayOf(at);
  }

  async logIn(): Promise<void> {
    await this.driver.ask('connect', this.twin.issueToken({ scopes: SCOPES }));
  }

  /** The pair in use, as the daemon has stored it. */
  async token(): Promise<{ readonly access: string; readonly refresh: string }> {
    await using store = await openSqliteStore({ folder: this.data, readOnly: true });
    const token = await store.tokens.get('me');
    return { access: token?.accessToken.reveal() ?? '', refresh: token?.refreshToken?.reveal() ?? '' };
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  /** Some messages of the sensors, each with a time of its own; and one without. */
  async traffic(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const series = this.dice.one(['clicks', 'drops', 'meter', 'steps', 'taps'] as const);
      if (series === 'clicks' && this.isClockWrong) continue;
      if (series === 'clicks') await this.click();
      else await this.message(series, this.nextTime());
    }
  }

  async click(): Promise<void> {
    const value = (this.#numbers += 1);
    const payload = JSON.stringify({ n: value });
    this.oracle.sent({ series: 'clicks', key: String(value), value, at: this.now, payload });
    await this.broker.publish('faults/clicks', payload);
  }

  async message(series: Sensor, at: number): Promise<void> {
    await this.publish(this.composed(series, at));
  }

  /** A message of a sensor, to be published in whatever order. */
  composed(series: Sensor, at: number): SentReading {
    const value = this.#valueOf(series);
    const payload = JSON.stringify({ v: value, at: new Date(at).toISOString() });
    return { series, key: String(at), value, at, payload };
  }

  async publish(reading: SentReading, options: { readonly retain?: boolean } = {}): Promise<void> {
    this.oracle.sent(reading);
    await this.broker.publish(`faults/${reading.series}`, reading.payload ?? '', options);
  }

  /** A row, a line and a number of the day, in the files and at the API. */
  writes(): void {
    const at = this.nextTime();
    const date = this.dayOf(this.now);
    const pages = this.dice.whole(1, 900);
    this.oracle.sent({ series: 'pages', key: `${date} ${at % 100_000}`, value: pages, at, date });
    this.files.writePages(
      this.oracle.readings('pages').map((reading) => ({ date: reading.date ?? '', value: reading.value })),
    );
    const value = this.dice.whole(1, 900);
    this.oracle.sent({ series: 'entries', key: String(at), value, at });
    appendFileSync(this.files.entries, `${JSON.stringify({ at: new Date(at).toISOString(), v: value })}\n`);
    const warmth = this.dice.whole(-9, 30);
    this.api.days.set(date, warmth);
    this.oracle.sent({ series: 'warmth', key: date, value: warmth, at, date });
  }

  /** Just past, never twice, and later than those before. */
  nextTime(): number {
    // The daemon's waits are no whole milliseconds.
    this.#lastAt = Math.max(this.#lastAt + 1, Math.floor(this.now) - this.dice.whole(0, 30_000));
    return this.#lastAt;
  }

  /** Messages the daemon has not acknowledged. */
  outstanding(): readonly SentReading[] {
    const { acknowledged } = this.broker;
    return this.oracle.matching(
      (reading) =>
        reading.payload !== undefined && !acknowledged.has(reading.payload) && !this.oracle.isOptional(reading),
    );
  }

  /** The broker forgets what nobody has acknowledged yet, and what comes before the daemon subscribes anew. */
  forgetOutstanding(): void {
    for (const reading of this.outstanding()) this.oracle.mayBeMissing(reading);
  }

  /** The counter grows; the most steps so far are always exceeded. */
  #valueOf(series: Sensor): number {
    if (series === 'meter') return (this.#meter += this.dice.whole(1, 9));
    if (series === 'steps') return (this.#steps += this.dice.whole(1, 9));
    return this.dice.whole(1, 900);
  }

  /** Changes the value of every attribute. */
  async everything(): Promise<void> {
    this.writes();
    for (const series of ['drops', 'meter', 'steps', 'taps'] as const) await this.message(series, this.nextTime());
    await this.click();
  }

  /** A new attribute in the configuration, of a template or of the person's own; false when there is no template left. */
  async addAttribute(kind: 'template' | 'own'): Promise<boolean> {
    const name = kind === 'own' ? `extra_${(this.#added += 1)}` : TEMPLATES.find((one) => !this.files.extras.has(one));
    if (name === undefined) return false;
    this.files.extras.set(name, kind === 'own' ? `label: ${name}, group: health, type: integer, ` : '');
    this.oracle.extras.add(name);
    this.files.writeConfiguration();
    await this.driver.ask('reload', null);
    return true;
  }

  async untilRunning(): Promise<void> {
    let idle: string[] = [];
    await this.until(
      async () => {
        const { sources } = await this.driver.ask('status', null);
        idle = sources
          .filter(({ state }) => state !== 'running')
          .map(({ name, state, message }) => `${name} is ${state}: ${message ?? ''}`);
        return idle.length === 0;
      },
      () => `sources did not run: ${idle.join('; ')}`,
    );
  }

  /** Lets the daemon take what was sent. */
  async settle(): Promise<void> {
    await this.until(
      () => this.outstanding().length === 0,
      () => `${this.outstanding().length} messages stayed unacknowledged`,
    );
  }

  /** Little steps of the daemon's time, with room for disk and network between them. */
  async until(condition: () => boolean | Promise<boolean>, otherwise: () => string): Promise<void> {
    const deadline = performance.now() + SETTLE_LIMIT_MS;
    for (let tries = 0; !(await condition()); tries += 1) {
      if (performance.now() > deadline) throw new Error(otherwise());
      await this.driver.advance(tries < 50 ? 20 : 500);
      await pause(POLL_MS);
    }
  }

  /** Names of what the journal holds, as the oracle names it. */
  async stored(): Promise<ReadonlyMap<SeriesName, readonly string[]>> {
    await using store = await openSqliteStore({ folder: this.data, readOnly: true });
    const found = new Map<SeriesName, readonly string[]>();
    for (const series of UNDATED) {
      const name = `${SOURCE_OF[series]}.${series}`;
      const all = await store.journal.between(name, 0, Number.MAX_SAFE_INTEGER);
      // What came live and then again as retained to a new session is marked, and counts for the fold `last` only.
      const live = new Set(all.filter(({ retained }) => retained !== true).map(({ at }) => at));
      const undated = all.filter(({ retained, at }) => retained !== true || !live.has(at));
      found.set(
        series,
        undated.map(({ at, value }) => (series === 'clicks' ? String(value) : String(at))),
      );
    }
    return found;
  }

  /** Done when the world ends, however it ends, and before its folder goes. */
  whenOver(undo: () => void): void {
    this.#afterwards.push(undo);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.driver.kill();
    await this.twin.close();
    await this.api.close();
    await this.broker.close();
    for (const undo of this.#afterwards) undo();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
