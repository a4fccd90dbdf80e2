import type { LocalDay } from '@dayfold/runtime';
import process from 'node:process';
import { expect, test } from 'vitest';
import { freePort, hasMosquitto, startAedes, startMosquitto } from '../src/brokers.ts';
import type { Broker } from '../src/brokers.ts';
import { Kills } from '../src/kills.ts';
import { GOOD_MANNERS, mannersOf } from '../src/manners.ts';
import { CsvBooks } from '../src/parts/csv-books.ts';
import { MqttHome } from '../src/parts/mqtt-home.ts';
import { RingWebhook } from '../src/parts/ring-webhook.ts';
import { RotatedLog } from '../src/parts/rotated-log.ts';
import { WeatherApi } from '../src/parts/weather-api.ts';
import { Scenario } from '../src/scenario.ts';
import { wallClock } from '../src/wall-clock.ts';

const ZONE = 'Europe/Berlin';
/** The clocks go back on the fourth of these days. */
const DAYS = ['22', '23', '24', '25', '26', '27', '28', '29', '30', '31'].map((day) => `2026-10-${day}` as LocalDay);
const isLong = process.env['DAYFOLD_SCENARIOS'] === 'long';
const BROKERS = [
  { name: 'mosquitto, MQTT 5', start: startMosquitto, reason: hasMosquitto ? undefined : 'mosquitto is not installed' },
  {
    name: 'aedes',
    start: startAedes,
    reason: isLong || !hasMosquitto ? undefined : 'mosquitto has it here; DAYFOLD_SCENARIOS=long runs both',
  },
];
const SEEDS = isLong ? [12, 13, 14, 15, 16, 17] : [12];
const FATAL_CALLS = [
  { hour: 0, kind: 'hang-before', endpoint: 'acquire' },
  { hour: 0, kind: 'hang', endpoint: 'create' },
  { hour: 30, kind: 'hang', endpoint: 'update' },
  { hour: 55, kind: 'hang', endpoint: 'increment' },
  { hour: 80, kind: 'slow', endpoint: 'update' },
  { hour: 105, kind: 'hang-before', endpoint: 'increment' },
  { hour: 130, kind: 'slow', endpoint: 'increment' },
] as const;

test('ten days over a clock change, with restarts, give exactly the expected values and good manners', async () => {
  await using broker = await startAedes();
  await using scenario = await tenDaysAt(broker, 11);
  const { driver, twin, weather } = scenario;
  await scenario.live({
    onHour: async (hours) => {
      if (hours % 60 !== 0) return;
      await driver.stop();
      await driver.start();
    },
  });
  await driver.stop();
  expect(twin.values()).toEqual(scenario.truths());
  expect(mannersOf(twin)).toEqual(GOOD_MANNERS);
  expect(itemsSentBeforeTheDayWasOver(scenario, 'desk_min')).toEqual([]);
  expect(callsOf(twin, 'increment')).toBeGreaterThan(DAYS.length);
  const statuses = weather.polls.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 304, 429, 500]));
  // Asked for a quarter of an hour of patience; the scenario's time is told to the minute.
  const patience = weather.polls.findIndex(({ status }) => status === 429);
  expect((weather.polls[patience + 1]?.at ?? 0) - (weather.polls[patience]?.at ?? 0)).toBeGreaterThanOrEqual(840_000);
}, 240_000);

for (const { name, start, reason } of BROKERS) {
  for (const seed of SEEDS) {
    test(`kill -9 at random moments and in the middle of calls changes nothing in the result (${name}, seed ${seed})`, async ({
      skip,
    }) => {
      skip(reason !== undefined, reason);
      await using broker = await start();
      await using scenario = await tenDaysAt(broker, seed);
      const kills = new Kills(scenario, seed, 8, FATAL_CALLS);
      await scenario.live(kills);
      await scenario.driver.stop();
      expect(scenario.twin.values()).toEqual(scenario.truths());
      expect(mannersOf(scenario.twin)).toEqual(GOOD_MANNERS);
      expect(kills.left).toEqual([]);
      expect(kills.count).toBeGreaterThan(FATAL_CALLS.length);
    }, 240_000);
  }
}

async function tenDaysAt(broker: Broker, seed: number) {
  const port = await freePort();
  const scenario = await Scenario.open({ zone: ZONE, days: DAYS, seed, configuration: { web: { port } } });
  const home = await MqttHome.open({ broker: broker.url, zone: ZONE, seed });
  const weather = await WeatherApi.open(() => scenario.driver.now);
  const { folder } = scenario;
  await scenario.add(home, new CsvBooks(folder), new RotatedLog(folder), weather, new RingWebhook(port));
  await scenario.begin();
  return Object.assign(scenario, { weather });
}

function callsOf(twin: Scenario['twin'], endpoint: string): number {
  return twin.requests().filter((call) => call.endpoint === endpoint).length;
}

function itemsSentBeforeTheDayWasOver({ twin }: Scenario, attribute: string): unknown[] {
  const dayOf = (instant: number): string => wallClock(ZONE, instant).slice(0, 10);
  return twin
    .requests()
    .filter(({ endpoint }) => endpoint === 'update')
    .flatMap(({ at, items }) => items.filter(({ name, date }) => name === attribute && String(date) >= dayOf(at)));
}
