import type { LocalDay } from '@dayfold/runtime';
import { join } from 'node:path';
import { freePort, startMosquitto } from '../brokers.ts';
import { mannersOf } from '../manners.ts';
import { CsvBooks } from '../parts/csv-books.ts';
import { MqttHome } from '../parts/mqtt-home.ts';
import { RingWebhook } from '../parts/ring-webhook.ts';
import { RotatedLog } from '../parts/rotated-log.ts';
import { WeatherApi } from '../parts/weather-api.ts';
import { Scenario } from '../scenario.ts';
import { drawnTroubles } from './trouble.ts';
import { differences, unmannerly, valuesOf } from './judging.ts';
import type { Trouble } from './trouble.ts';
import { Troubles } from './troubles.ts';
import { beyondBounds, usageOf } from './usage.ts';
import type { Usage } from './usage.ts';

const ZONE = 'Europe/Berlin';
const DAY_MS = 86_400_000;
/** The clocks go back on the 25th of October, the 55th day. */
const FIRST_DAY = Date.parse('2026-09-01T00:00:00Z');
/** Of real time: a stand-in that never answers shall not hold a run up for long. */
const EXIST_TIMEOUT_MS = 1500;

export interface SoakOptions {
  readonly days: number;
  readonly seed: number;
  /** Called when a day is over. */
  readonly onTrouble?: (trouble: Trouble) => void;
  readonly onDay?: (day: number, usage: Usage) => void;
}

export interface SoakReport {
  readonly struck: ReadonlyMap<string, number>;
  /** What is not as it should be. */
  readonly complaints: readonly string[];
  readonly values: number;
  readonly messages: number;
  readonly logLines: number;
  /** At the end of each day. */
  readonly usage: readonly Usage[];
}

/** The home lives so many days beside one data folder, while troubles strike that the seed draws. Everything is judged from outside. */
export async function soak({ days, seed, onTrouble = () => undefined, onDay }: SoakOptions): Promise<SoakReport> {
  const dates = Array.from(
    { length: days },
    (_, day) => new Date(FIRST_DAY + day * DAY_MS).toISOString().slice(0, 10) as LocalDay,
  );
  const port = await freePort();
  let output = '';
  await using broker = await startMosquitto();
  await using scenario = await Scenario.open({
    zone: ZONE,
    days: dates,
    seed,
    configuration: { web: { port } },
    driver: { existTimeoutMs: EXIST_TIMEOUT_MS, onOutput: (text) => (output += text) },
  });
  const { driver, folder, twin } = scenario;
  const home = await MqttHome.open({ broker: broker.url, zone: ZONE, seed });
  const weather = await WeatherApi.open(() => driver.now);
  await scenario.add(home, new CsvBooks(folder), new RotatedLog(folder), weather, new RingWebhook(port));
  await scenario.begin();
  const troubles = new Troubles({ scenario, broker, home }, drawnTroubles(days, seed), onTrouble);
  const usage: Usage[] = [];
  await scenario.live({
    interrupt: troubles.interrupt,
    onHour: async (hour) => {
      await troubles.onHour(hour);
      if (hour % 24 !== 0) return;
      const now = await usageOf(driver.pid ?? 0, join(folder, 'data'));
      usage.push(now);
      onDay?.(hour / 24, now);
    },
  });
  const known = await driver.engine('days', { to: dates.at(-1) as LocalDay });
  const { problems } = await driver.engine('status');
  await driver.stop();
  const truths = scenario.truths();
  return {
    struck: troubles.struck,
    complaints: [
      ...troubles.left.map(({ kind, hour }) => `${kind} of hour ${hour} never came`),
      ...differences('in Exist', truths, twin.values()),
      ...differences('in the daemon', truths, valuesOf(known)),
      ...known
        .filter(({ state }) => state !== 'confirmed')
        .map(({ attribute, date, state }) => `${attribute} of ${date} is ${state}`),
      ...problems.map(({ code, subject, message }) => `a problem stays: ${code} ${subject}: ${message}`),
      ...unmannerly(twin.requests(), mannersOf(twin), troubles.troubledHours),
      ...usage.flatMap(beyondBounds),
    ],
    values: Object.values(truths).flatMap((days) => Object.keys(days)).length,
    messages: home.published.length,
    logLines: output.split('\n').length - 1,
    usage,
  };
}
