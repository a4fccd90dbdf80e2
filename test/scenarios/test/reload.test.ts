import type { LocalDay } from '@dayfold/runtime';
import { expect, test } from 'vitest';
import { startAedes } from '../src/brokers.ts';
import { GOOD_MANNERS, mannersOf } from '../src/manners.ts';
import { CsvBooks } from '../src/parts/csv-books.ts';
import { MqttHome } from '../src/parts/mqtt-home.ts';
import { Scenario } from '../src/scenario.ts';

const ZONE = 'Europe/Berlin';
const DAYS = ['2026-10-24', '2026-10-25'] as LocalDay[];
const COOLEST = { group: 'health', type: 'float', from: 'home.kitchen', fold: 'min' };
const OFFICE_COOLEST = { group: 'health', type: 'float', from: 'home.temp_office', fold: 'min' };

test('a changed configuration folds past days from the journal, and what did not change goes on', async () => {
  await using broker = await startAedes();
  await using scenario = await Scenario.open({ zone: ZONE, days: DAYS, seed: 31 });
  const { driver, twin, folder } = scenario;
  const home = await MqttHome.open({ broker: broker.url, zone: ZONE, seed: 31 });
  await scenario.add(home, new CsvBooks(folder));
  await scenario.begin();
  const sources = async () => (await driver.engine('status')).sources;
  const [before] = await sources();
  const added = { kitchen_max: COOLEST, office_min: OFFICE_COOLEST };
  const changes: string[] = [];
  await scenario.live({
    onHour: async (hours) => {
      if (hours === 30) await scenario.configure({ attributes: added });
      else if (hours === 35)
        await scenario.configure({
          sources: { books: undefined },
          attributes: { ...added, pages_read: undefined },
        });
      else if (hours === 38) await scenario.configure({ attributes: added });
      else return;
      changes.push(...(await driver.reload()));
    },
  });
  expect(changes).toEqual([
    'attribute office_min added',
    'attribute kitchen_max changed',
    'source books removed',
    'attribute pages_read removed',
    'source books added',
    'attribute pages_read added',
  ]);
  const [after] = await sources();
  expect(after?.since).toBe(before?.since);
  expect(after?.readings).toBeGreaterThan(home.published.length);
  await driver.stop();
  const coolest = (room: string) =>
    Object.fromEntries(DAYS.map((day) => [day, Math.min(...home.temperatures(room, day))]));
  expect(twin.values()).toEqual({
    ...scenario.truths(),
    kitchen_max: coolest('kitchen'),
    office_min: coolest('office'),
  });
  expect(mannersOf(twin)).toEqual(GOOD_MANNERS);
}, 120_000);
