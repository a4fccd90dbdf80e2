import type { LocalDay } from '@dayfold/runtime';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GOOD_MANNERS, mannersOf } from '../src/manners.ts';
import { Scenario } from '../src/scenario.ts';

const HOUR_MS = 3_600_000;
const ROWS = 10_000;
const KILLS = 3;
const DATES = Array.from({ length: 20 }, (_, index) => `2026-06-${String(index + 1).padStart(2, '0')}`);

test('a process killed while it reads a table leaves the whole of it or what was before', async ({ skip }) => {
  skip(!existsSync('/proc/self/fd'), 'which files a process has open is told by Linux');
  await using scenario = await Scenario.open({ zone: 'Europe/Berlin', days: ['2026-06-21' as LocalDay], seed: 41 });
  const { driver, twin, folder } = scenario;
  const file = join(folder, 'list.csv');
  await scenario.add({
    sources: { books: { plugin: 'file', path: file, poll: '1m', series: { pages: { date: 'Date', value: 'Pages' } } } },
    attributes: { pages_read: { from: 'books.pages', fold: 'sum' } },
    act: async () => await Promise.resolve(),
    truths: () => ({}),
  });
  await writeFile(file, tableOf(1));
  await scenario.begin();
  const isWhole = async (factor: number): Promise<boolean> => {
    const days = await driver.engine('days', { attribute: 'pages_read' });
    return days.length === DATES.length && days.every(({ wanted }) => wanted === (factor * ROWS) / DATES.length);
  };
  await driver.until(() => isWhole(1), 'the list is read', 1000);
  await writeFile(file, tableOf(2));
  for (let kill = 0; kill < KILLS; kill += 1) {
    await driver.until(() => driver.isReading(file), 'the list is being read', 1000);
    await driver.kill();
    await driver.start();
    expect((await isWhole(1)) || (await isWhole(2))).toBe(true);
  }
  await driver.until(() => isWhole(2), 'the changed list is read', 1000);
  await driver.advance(2 * HOUR_MS);
  expect(twin.values()).toEqual({
    pages_read: Object.fromEntries(DATES.map((date) => [date, (2 * ROWS) / DATES.length])),
  });
  expect(mannersOf(twin)).toEqual(GOOD_MANNERS);
}, 120_000);

function tableOf(pages: number): string {
  const rows = Array.from({ length: ROWS }, (_, row) => `${DATES[row % DATES.length]},${row},${pages}\n`);
  return `Date,Row,Pages\n${rows.join('')}`;
}
