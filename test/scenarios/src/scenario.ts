import { startExistTwin } from '@dayfold/exist-twin';
import type { ExistTwin } from '@dayfold/exist-twin';
import { FakeClock, createCalendar } from '@dayfold/runtime';
import type { LocalDay } from '@dayfold/runtime';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assemble, pluginCatalog, readConfiguration } from '../../../core/cli/src/assembly.ts';
import { DaemonDriver } from './daemon-driver.ts';
import type { DriverOptions } from './daemon-driver.ts';
import type { Part, Values } from './part.ts';

export const SCOPES = ['food', 'activity', 'health', 'media', 'productivity', 'weather'].map(
  (group) => `${group}_write`,
);
/** What a killed process wrote is whole in memory too, and the store need not wait for a disk there. */
const MEMORY = '/dev/shm';
const HOUR_MS = 3_600_000;
/** Parts act so long before the hour is over. */
const BEFORE_MS = 5 * 60_000;

export interface ScenarioOptions {
  readonly zone: string;
  readonly days: readonly LocalDay[];
  readonly seed: number;
  /** Kept as it is; sources and attributes of the parts come in beside it. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly driver?: DriverOptions;
}

/** A daemon in a folder of its own, the stand-in for Exist it is connected to, and the parts of the home around them. */
export class Scenario implements AsyncDisposable {
  readonly folder: string;
  readonly driver: DaemonDriver;
  readonly twin: ExistTwin;
  readonly parts: Part[] = [];
  readonly #options: ScenarioOptions;
  readonly #folders: readonly string[];

  private constructor(
    options: ScenarioOptions,
    folders: readonly [string, string],
    driver: DaemonDriver,
    twin: ExistTwin,
  ) {
    this.#options = options;
    this.#folders = folders;
    [this.folder] = folders;
    this.driver = driver;
    this.twin = twin;
  }

  static async open(options: ScenarioOptions): Promise<Scenario> {
    const { zone, seed, days } = options;
    const folder = await mkdtemp(join(tmpdir(), 'dayfold-scenario-'));
    const data = existsSync(MEMORY) ? await mkdtemp(join(MEMORY, 'dayfold-scenario-')) : folder;
    if (data !== folder) await symlink(data, join(folder, 'data'));
    const driver = new DaemonDriver(folder, calendarOf(zone).bounds(days[0] as LocalDay).start, options.driver);
    const twin = await startExistTwin({ timezone: zone, now: () => driver.now, seed });
    return new Scenario(options, [folder, data], driver, twin);
  }

  async add(...parts: readonly Part[]): Promise<this> {
    for (const part of parts) await part.open?.();
    this.parts.push(...parts);
    await this.configure();
    return this;
  }

  /** Writes dayfold.yaml, changed by what is given. */
  async configure(changes: { readonly sources?: object; readonly attributes?: object } = {}): Promise<void> {
    const all = (what: 'sources' | 'attributes'): object => ({
      ...Object.assign({}, ...this.parts.map((part) => part[what])),
      ...changes[what],
    });
    const exist = { url: this.twin.url, client_id: 'demo', client_secret: 'demo-secret' };
    const configuration = {
      exist,
      timezone: this.#options.zone,
      journal: { commit_every: '20ms' },
      ...this.#options.configuration,
      sources: all('sources'),
      attributes: all('attributes'),
    };
    // JSON is YAML too.
    await writeFile(join(this.folder, 'dayfold.yaml'), JSON.stringify(configuration, undefined, 1));
  }

  /** Stores a token as `dayfold connect --token` would, and starts the daemon. Resolves with the access token. */
  async begin(scopes: readonly string[] = SCOPES): Promise<string> {
    const file = join(this.folder, 'dayfold.yaml');
    const catalog = await pluginCatalog(file);
    const { configuration } = await readConfiguration(file, catalog);
    const token = this.twin.issueToken({ scopes });
    const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    {
      await using assembled = await assemble({ data: join(this.folder, 'data') }, configuration, catalog, silent, {
        clock: new FakeClock(this.driver.now),
      });
      await assembled.daemon.engine.connectToken('me', JSON.stringify(token));
    }
    await this.driver.start();
    return token.access_token;
  }

  /** Lives through the days, hour by hour. */
  async live({
    interrupt = async () => await Promise.resolve(false),
    advance = async (ms) => await this.driver.advance(ms),
    onHour,
  }: Living = {}): Promise<void> {
    const { zone, days } = this.#options;
    const calendar = calendarOf(zone);
    let hours = 0;
    for (const [dayNumber, day] of days.entries()) {
      const { start, end } = calendar.bounds(day);
      for (let from = start; from < end; from += HOUR_MS) {
        const to = from + HOUR_MS;
        hours += 1;
        await advance(to - BEFORE_MS - this.driver.now);
        const hour = { driver: this.driver, day, dayNumber, hour: (from - start) / HOUR_MS, from, to, start, end };
        for (const part of this.parts) await part.act({ ...hour, interrupt: async () => await interrupt(hours) });
        await onHour?.(hours);
        await advance(to - this.driver.now);
      }
    }
    // The last day is final with the sync shortly after its midnight.
    await advance(2 * HOUR_MS);
  }

  /** Where two parts speak of one attribute-day, the later part knows. */
  truths(): Values {
    const all: Record<string, Record<string, number | string>> = {};
    for (const part of this.parts)
      for (const [attribute, days] of Object.entries(part.truths())) Object.assign((all[attribute] ??= {}), days);
    return all;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.driver.kill();
    for (const part of this.parts) await part.close?.();
    await this.twin.close();
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }
}

export interface Living {
  readonly interrupt?: (hours: number) => Promise<boolean>;
  readonly advance?: (ms: number) => Promise<void>;
  /** After the parts acted in the hour. */
  readonly onHour?: (hours: number) => Promise<void>;
}

export function calendarOf(zone: string) {
  return createCalendar({ zones: [{ from: 0, zone }], dayStartsMin: 0 });
}
