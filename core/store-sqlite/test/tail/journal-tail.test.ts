import type { JournalReading } from '@dayfold/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { Database } from '../../src/database.ts';
import { TouchedMarks } from '../../src/days/touched-marks.ts';
import { SqliteJournal } from '../../src/journal/sqlite-journal.ts';
import { migrate } from '../../src/migrations.ts';

const START = Date.UTC(2026, 9, 24, 12);
const NO_DATE = { first: '2020-01-01', last: '2020-01-01' } as const;

function readings(count: number, from = 0): JournalReading[] {
  return Array.from({ length: count }, (_, index) => ({
    series: `home.s${(from + index) % 100}`,
    at: START + from + index,
    receivedAt: START + from + index,
    value: from + index,
    receipt: from + index,
  }));
}

function emptyJournal(): { readonly journal: SqliteJournal; readonly rowsOf: (table: string) => unknown } {
  const database = new Database(':memory:');
  onTestFinished(() => database.close());
  migrate(database);
  return {
    journal: new SqliteJournal(database, new TouchedMarks(database)),
    rowsOf: (table) => database.get(`SELECT count(*) AS rows FROM ${table}`)?.['rows'],
  };
}

const nothing = (): [] => [];

test('many readings are sorted into pages, one a series and hour, and are all found again', async () => {
  const { journal, rowsOf } = emptyJournal();

  for (let from = 0; from < 66_000; from += 3000) await journal.commit(readings(3000, from), [], nothing);

  expect([rowsOf('journal_tail'), rowsOf('journal_page')]).toEqual([0, 100]);
  const found = await journal.between('home.s7', START, START + 66_000);
  expect(found.map(({ value }) => value)).toEqual(Array.from({ length: 660 }, (_, index) => index * 100 + 7));
  expect(await journal.lastReceived('home')).toBe(START + 65_999);
  await journal.commit(readings(1, 70_000), [], nothing);
  expect([await journal.lastReceived('home'), await journal.lastReceived()]).toEqual([START + 70_000, START + 70_000]);
  const receipts = await journal.receipts('home', 4);
  expect(receipts).toEqual([70_000, 65_999, 65_998, 65_997]);
});

test('of thousands of series each page holds its own readings', async () => {
  const { journal, rowsOf } = emptyJournal();
  const series = 2345;
  const all = readings(66_000).map((reading, index) => ({
    ...reading,
    series: `home.s${index % series}`,
    ...(index % 2 === 0 ? { unit: 'W' } : {}),
  }));

  for (let from = 0; from < all.length; from += 3000) await journal.commit(all.slice(from, from + 3000), [], nothing);

  expect([rowsOf('journal_tail'), rowsOf('journal_page')]).toEqual([0, series]);
  for (const number of [0, 99, 100, 1234, 2299, 2300, series - 1]) {
    const name = `home.s${number}`;
    const found = await journal.between(name, START, START + all.length);
    expect(found).toEqual(
      all.filter((reading) => reading.series === name).map(({ receipt: _receipt, ...reading }) => reading),
    );
    expect(await journal.count(name, NO_DATE, { from: START, to: START + all.length })).toBe(found.length);
  }
});

test('with thousands of series more are gathered before they are sorted, unless their texts are long', async () => {
  const { journal, rowsOf } = emptyJournal();
  const commit = async (count: number, value: number | string = 1) => {
    for (let from = 0; from < count; from += 4096) {
      const some = readings(Math.min(4096, count - from), from);
      const spread = some.map((reading) => ({ ...reading, series: `home.s${reading.at % 3000}`, value }));
      await journal.commit(spread, [], nothing);
    }
    return [Number(rowsOf('journal_tail')) > 0, rowsOf('journal_page')];
  };

  expect(await commit(61_440)).toEqual([true, 0]);
  expect(await commit(4096)).toEqual([false, 3000]);
  expect(await commit(94_208)).toEqual([true, 3000]);
  expect(await commit(4096)).toEqual([false, 6000]);
  expect(await commit(61_440, 'text'.repeat(40))).toEqual([true, 6000]);
  expect(await commit(4096)).toEqual([false, 9000]);
});

test('where each commit holds one reading they are sorted after 8,192 commits: a start reads each by itself', async () => {
  const { journal, rowsOf } = emptyJournal();
  for (let from = 0; from < 8191; from += 1) await journal.commit(readings(1, from), [], nothing);
  expect([rowsOf('journal_tail'), rowsOf('journal_page')]).toEqual([8191, 0]);

  await journal.commit(readings(1, 8191), [], nothing);

  expect([rowsOf('journal_tail'), rowsOf('journal_page')]).toEqual([0, 100]);
});
