import type { JournalReading, LocalDay } from '@dayfold/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { Database } from '../../src/database.ts';
import { TouchedMarks } from '../../src/days/touched-marks.ts';
import { SqliteJournal } from '../../src/journal/sqlite-journal.ts';
import { migrate } from '../../src/migrations.ts';

const TABLE = 'home/days.csv';
const FIRST = Date.UTC(2016, 0, 1);
const DAY_MS = 24 * 3_600_000;
const SERIES = 20;
const DAYS = 3000;

function row(series: number, day: number, value = series * 10_000 + day): JournalReading {
  const at = FIRST + day * DAY_MS;
  const date = new Date(at).toISOString().slice(0, 10) as LocalDay;
  return { series: `home.s${series}`, at, date, value, table: TABLE, receivedAt: 1 };
}

/** A row of the file for each day, a column for each series; the newest first. */
async function* years(valueOf?: (series: number, day: number) => number): AsyncGenerator<JournalReading[]> {
  for (let day = DAYS - 1; day >= 0; day -= 1)
    yield Array.from({ length: SERIES }, (_, series) => row(series, day, valueOf?.(series, day)));
}

function opened(): { readonly journal: SqliteJournal; readonly database: Database; readonly touched: TouchedMarks } {
  const database = new Database(':memory:');
  onTestFinished(() => database.close());
  migrate(database);
  const touched = new TouchedMarks(database);
  return { journal: new SqliteJournal(database, touched), database, touched };
}

test('years of a table stand in few pages, however they come, and all of it is found', async () => {
  const { journal, database } = opened();

  expect(await journal.mirror(TABLE, years(), () => [])).toEqual({
    added: SERIES * DAYS,
    withdrawn: 0,
    unchanged: 0,
  });

  const rows = (table: string): unknown => database.get(`SELECT count(*) AS rows FROM ${table}`)?.['rows'];
  expect(rows('journal')).toBe(0);
  // A page for 128 dates.
  expect(rows('dated_page')).toBe(SERIES * Math.ceil(DAYS / 128));
  expect(rows('staged_page')).toBe(0);
  const found = await journal.dated('home.s7', '1990-01-01', '2100-01-01');
  expect(found).toEqual(Array.from({ length: DAYS }, (_, day) => row(7, day)));
  expect(await journal.dated('home.s7', '2018-05-06')).toEqual([row(7, (Date.UTC(2018, 4, 6) - FIRST) / DAY_MS)]);
});

test('of years that come again only what changed is written and touched', async () => {
  const { journal, database, touched } = opened();
  await journal.mirror(TABLE, years(), () => []);
  const pages = (): unknown[] => database.all('SELECT seq, received FROM dated_page WHERE received = 1 ORDER BY seq');
  const before = pages();
  const later = async function* (rows: AsyncIterable<JournalReading[]>): AsyncGenerator<JournalReading[]> {
    for await (const batch of rows) yield batch.map((each) => ({ ...each, receivedAt: 2 }));
  };
  const touches = ({ series, date }: { series: string; date?: LocalDay }) => [
    { attribute: series.slice(5), date: date as LocalDay },
  ];

  expect(await journal.mirror(TABLE, later(years()), touches)).toMatchObject({ unchanged: SERIES * DAYS });
  expect(pages()).toEqual(before);
  expect(touched.read(10)).toEqual([]);

  const corrected = years((series, day) => (series === 3 && day === 1500 ? -1 : series * 10_000 + day));
  expect(await journal.mirror(TABLE, later(corrected), touches)).toEqual({
    added: 1,
    withdrawn: 1,
    unchanged: SERIES * DAYS - 1,
  });
  expect(pages()).toHaveLength(before.length - 1);
  expect(touched.read(10)).toMatchObject([{ attribute: 's3', date: row(3, 1500).date }]);
});

test('rows that fit no page stand beside those that do', async () => {
  const { journal, database } = opened();
  const rows = [
    row(1, 1, 1),
    { ...row(1, 1, 2), id: 'a' },
    { ...row(1, 1, 3), at: FIRST + DAY_MS + 1 },
    { ...row(1, 2, 4), unit: 'km' },
  ];
  const mirrored = async (from: number): Promise<unknown> =>
    await journal.mirror(
      TABLE,
      (async function* () {
        yield rows.slice(from);
      })(),
      () => [],
    );
  await mirrored(0);

  expect(await journal.dated('home.s1', '2016-01-02', '2016-01-03')).toEqual(rows);
  expect(database.get('SELECT count(*) AS rows FROM journal')).toMatchObject({ rows: 2 });
  expect(await mirrored(1)).toEqual({ added: 0, withdrawn: 1, unchanged: 3 });
  expect(await journal.dated('home.s1', '2016-01-02')).toEqual(rows.slice(1, 3));
});

test('the nearest date is found across pages of other stretches and tables, however many readings a date has', async () => {
  const { journal } = opened();
  const days = [-20_000, 0, 0, 0, 1, 127, 128, 400];
  const mirrored = async (table: string, each: readonly number[]): Promise<unknown> =>
    await journal.mirror(
      table,
      (async function* () {
        yield each.map((day) => ({ ...row(1, day), table }));
      })(),
      () => [],
    );
  await mirrored(TABLE, days);
  await mirrored('home/other.csv', [2, 126, 128, 3000]);
  const dates = [-20_000, 0, 1, 2, 126, 127, 128, 400, 3000].map((day) => row(1, day).date as LocalDay);

  for (const [index, date] of dates.entries()) {
    expect(await journal.nextDate('home.s1', date, 'earlier')).toBe(dates[index - 1]);
    expect(await journal.nextDate('home.s1', date, 'later')).toBe(dates[index + 1]);
  }
  expect(await journal.nextDate('home.s1', '2016-06-15', 'earlier')).toBe(dates[6]);
  expect(await journal.nextDate('home.s1', '2016-06-15', 'later')).toBe(dates[7]);
});

test('each reading keeps its unit, though every one has another', async () => {
  const { journal } = opened();
  const rows = Array.from({ length: 60_000 }, (_, index) => ({ ...row(1, 1, index), unit: `u${index % 50_000}` }));
  await journal.mirror(
    TABLE,
    (async function* () {
      for (let from = 0; from < rows.length; from += 1000) yield rows.slice(from, from + 1000);
    })(),
    () => [],
  );

  const found = await journal.dated('home.s1', '2016-01-02');
  expect(found.map(({ unit }) => unit)).toEqual(rows.map(({ unit }) => unit));
});

test('years of a table are due in a few rows, and what is settled of them is due no more', async () => {
  const { journal, database, touched } = opened();
  await journal.mirror(TABLE, years(), ({ series, date }) => [{ attribute: series.slice(5), date: date as LocalDay }]);
  const count = (): unknown => database.get('SELECT count(*) AS rows FROM touched')?.['rows'];
  expect(count()).toBe(SERIES * 7);

  const due = touched.read(1000);
  expect(due.map(({ date }) => date)).toEqual(Array.from({ length: 1000 }, (_, day) => row(0, day).date));
  touched.remove(due);
  expect(touched.read(SERIES * DAYS)).toHaveLength(SERIES * DAYS - 1000);
  touched.remove(touched.read(SERIES * DAYS));
  expect(count()).toBe(0);
});

test('readings too many for a page stand in rows until they are fewer, and none is lost or comes twice', async () => {
  const { journal, database, touched } = opened();
  const crowd = Array.from({ length: 51_000 }, (_, index) => row(1, 1 + (index % 2), (index * 7919) % 1000));
  const texts = Array.from({ length: 300 }, (_, index) => ({ ...row(2, 1), value: `${index}`.padEnd(1000, '.') }));
  const few = [row(1, 500), row(3, 1), row(3, 2)];
  const mirrored = async (rows: readonly JournalReading[]): Promise<unknown> =>
    await journal.mirror(
      TABLE,
      (async function* () {
        for (let from = 0; from < rows.length; from += 1000) yield rows.slice(from, from + 1000);
      })(),
      ({ series, date }) => [{ attribute: series.slice(5), date: date as LocalDay }],
    );
  const count = (table: string): unknown => database.get(`SELECT count(*) AS rows FROM ${table}`)?.['rows'];
  const all = [...crowd, ...texts, ...few];

  expect(await mirrored(all)).toEqual({ added: all.length, withdrawn: 0, unchanged: 0 });
  expect([count('journal'), count('dated_page'), count('staged_page')]).toEqual([51_300, 2, 0]);
  const found = await journal.dated('home.s1', '2016-01-02', '2016-01-03');
  const byContent = (left: JournalReading, right: JournalReading): number =>
    left.at - right.at || Number(left.value) - Number(right.value);
  expect(found).toEqual(crowd.toSorted(byContent));
  expect(await journal.dated('home.s2', '2016-01-02')).toHaveLength(300);

  touched.remove(touched.read(100));
  expect(await mirrored([row(3, 3), ...all.toReversed()])).toEqual({ added: 1, withdrawn: 0, unchanged: all.length });
  expect(touched.read(10)).toMatchObject([{ attribute: 's3', date: row(3, 3).date }]);

  expect(await mirrored([...crowd.slice(0, 10), ...few])).toMatchObject({ unchanged: few.length });
  expect([count('journal'), count('dated_page')]).toEqual([0, 3]);
  expect(await journal.dated('home.s1', '2016-01-02', '2016-01-03')).toEqual(crowd.slice(0, 10).toSorted(byContent));
  expect(touched.read(10).map(({ attribute, date }) => `${attribute} ${date}`)).toEqual(
    expect.arrayContaining(['s1 2016-01-02', 's1 2016-01-03', 's2 2016-01-02', 's3 2016-01-04']),
  );
  expect(await mirrored(crowd.slice(0, 16_000))).toMatchObject({
    added: 16_000,
    withdrawn: 10 + few.length,
    unchanged: 0,
  });
  expect([count('journal'), count('dated_page')]).toEqual([16_000, 0]);
});
