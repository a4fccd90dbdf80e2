import type { LocalDay } from '@dayfold/runtime';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAedes } from '../src/brokers.ts';
import { dayfold } from '../src/dayfold-command.ts';
import { MqttHome } from '../src/parts/mqtt-home.ts';
import { Scenario } from '../src/scenario.ts';

const ZONE = 'Europe/Berlin';
/** Of 25 hours. */
const DAY = '2026-10-25' as LocalDay;

test('a replay of the recording of a day gives the attribute-days that the live daemon has', async () => {
  await using broker = await startAedes();
  await using scenario = await Scenario.open({ zone: ZONE, days: [DAY], seed: 21 });
  const home = await MqttHome.open({ broker: broker.url, zone: ZONE, seed: 21 });
  await scenario.add(home);
  await scenario.begin();
  await scenario.live();
  const live = (await scenario.driver.engine('days', { from: DAY, to: DAY })).map(
    ({ attribute, date, wanted, readings }) => ({ attribute, date, value: wanted, readings }),
  );
  await scenario.driver.stop();
  expect(scenario.twin.values()).toEqual(scenario.truths());

  const { folder } = scenario;
  await writeFile(join(folder, 'day.jsonl'), home.published.map((message) => JSON.stringify(message)).join('\n'));
  const printed = await dayfold(folder, ['replay', 'day.jsonl', '--until', '2026-10-26T00:00', '--json']);
  const replayed = (JSON.parse(printed) as typeof live).filter(({ date }) => date === DAY);
  expect(replayed.toSorted(byAttribute)).toEqual(live.toSorted(byAttribute));
}, 120_000);

function byAttribute(left: { attribute: string }, right: { attribute: string }): number {
  return left.attribute < right.attribute ? -1 : 1;
}
