import { ConfigInvalid } from '@dayfold/runtime';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Mosquitto } from '../brokers.ts';
import type { MqttHome } from '../parts/mqtt-home.ts';
import type { Living, Scenario } from '../scenario.ts';
import type { Trouble, TroubleKind } from './trouble.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long no file of the daemon may grow; it tries again every five seconds. */
const FULL_MS = 12_000;
/** In the midst of what happens in the home; the others strike when all of the hour was taken. */
const AMID: ReadonlySet<TroubleKind> = new Set(['daemon killed', 'disk full']);
/** Those in which a call to Exist may fail, or its answer be forgotten. */
const TOUCHING: ReadonlySet<TroubleKind> = new Set([
  'Exist refuses',
  'Exist silent',
  'daemon killed',
  'daemon restarted',
  'disk full',
]);

/** Lets the drawn troubles strike, each when its hour has come, and mends them. */
export class Troubles implements Living {
  readonly struck = new Map<TroubleKind, number>();
  /** Hours since 1970 in which calls to Exist may have been spoiled, or their answers not recorded. */
  readonly troubledHours = new Set<number>();
  readonly #scenario: Scenario;
  readonly #broker: Mosquitto;
  readonly #home: MqttHome;
  readonly #waiting: Trouble[];
  readonly #onStrike: (trouble: Trouble) => void;
  #changes = 0;

  constructor(
    { scenario, broker, home }: { scenario: Scenario; broker: Mosquitto; home: MqttHome },
    troubles: readonly Trouble[],
    onStrike: (trouble: Trouble) => void,
  ) {
    this.#scenario = scenario;
    this.#broker = broker;
    this.#home = home;
    this.#waiting = [...troubles];
    this.#onStrike = onStrike;
  }

  /** Troubles that never came. */
  get left(): readonly Trouble[] {
    return this.#waiting;
  }

  readonly interrupt = async (hour: number): Promise<boolean> => {
    const trouble = this.#due(hour, true);
    if (trouble === undefined) return false;
    await this.#strike(trouble);
    return trouble.kind === 'daemon killed';
  };

  readonly onHour = async (hour: number): Promise<void> => {
    if (this.#scenario.twin.faults.pending() > 0) this.#noteHour();
    for (let trouble = this.#due(hour, false); trouble !== undefined; trouble = this.#due(hour, false))
      await this.#strike(trouble);
  };

  #due(hour: number, isAmid: boolean): Trouble | undefined {
    const index = this.#waiting.findIndex((trouble) => trouble.hour <= hour && AMID.has(trouble.kind) === isAmid);
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  #noteHour(): void {
    this.troubledHours.add(Math.floor(this.#scenario.driver.now / HOUR_MS));
  }

  async #strike(trouble: Trouble): Promise<void> {
    const { driver, twin } = this.#scenario;
    this.#onStrike(trouble);
    if (TOUCHING.has(trouble.kind)) this.#noteHour();
    this.struck.set(trouble.kind, (this.struck.get(trouble.kind) ?? 0) + 1);
    switch (trouble.kind) {
      case 'broker killed':
        return await this.#withoutBroker(trouble.minutes);
      case 'Exist refuses':
        return twin.faults.next(trouble.requests, trouble.answer);
      case 'Exist silent':
        return twin.faults.next(1, 'hang');
      case 'daemon killed':
        await driver.kill();
        return await driver.start();
      case 'daemon restarted':
        await driver.stop();
        return await driver.start();
      case 'configuration changed':
        return await this.#changeConfiguration();
      case 'configuration broken':
        return await this.#breakConfiguration();
      case 'disk full':
        return this.#fillDisk();
    }
  }

  async #withoutBroker(minutes: number): Promise<void> {
    const { driver } = this.#scenario;
    await this.#broker.kill();
    await driver.until(async () => !(await this.#isConnected()), 'the daemon misses the broker');
    await driver.advance(minutes * MINUTE_MS);
    await this.#broker.start();
    // Both try again in real time.
    const areBack = async (): Promise<boolean> => this.#home.isConnected && (await this.#isConnected());
    await driver.until(areBack, 'home and daemon have found the broker again', 1, 50_000);
  }

  async #isConnected(): Promise<boolean> {
    const { sources } = await this.#scenario.driver.engine('status');
    const home = sources.find(({ name }) => name === 'home');
    // That the broker forgot the session is told until the next message comes.
    return home?.state === 'running' || home?.message?.includes('no longer knew our session') === true;
  }

  async #changeConfiguration(): Promise<void> {
    const { driver, parts } = this.#scenario;
    const weather = parts.map(({ sources }) => sources['weather'] as object | undefined).find((each) => each);
    this.#changes += 1;
    await this.#scenario.configure({ sources: { weather: { ...weather, every: `${3 + (this.#changes % 2)}h` } } });
    await driver.reload();
  }

  /** As the command does it, the daemon goes on with the configuration it has. */
  async #breakConfiguration(): Promise<void> {
    const { driver, folder } = this.#scenario;
    await writeFile(join(folder, 'dayfold.yaml'), 'sources: { home: { plugin: mqtt,');
    const refused = await driver.reload().then(
      () => false,
      (error: unknown) => String(error).includes(ConfigInvalid.name),
    );
    if (!refused) throw new Error('a broken configuration was taken');
    await this.#scenario.configure();
    await driver.reload();
  }

  /** Every write of the process fails from the second page of a file on, until some time has passed. */
  #fillDisk(): void {
    const { driver } = this.#scenario;
    const { pid } = driver;
    const since = driver.now;
    limitFiles(pid, '4096');
    const emptied = async (): Promise<void> => {
      while (driver.pid === pid && driver.now - since < FULL_MS) await turn();
      if (driver.pid === pid) limitFiles(pid, 'unlimited');
    };
    void emptied();
  }
}

function limitFiles(pid: number | undefined, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
}
