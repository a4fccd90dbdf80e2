import { expect, test } from 'vitest';
import { Database } from '../src/database.ts';
import { migrate } from '../src/migrations.ts';
import { SqliteAttributeDays } from '../src/sqlite-attribute-days.ts';
import { SqliteJournal } from '../src/sqlite-journal.ts';
import { TouchedMarks } from '../src/touched-marks.ts';
import { DataFolder, reading } from './data-folder.ts';

test('a full disk undoes the commit whole, reading goes on, and with room again the same commit succeeds', async () => {
  using folder = new DataFolder();
  const database = new Database(folder.database);
  migrate(database);
  const touched = new TouchedMarks(database);
  const journal = new SqliteJournal(database, touched);
  const days = new SqliteAttributeDays(database, touched);
  await journal.commit([reading(1)], [], () => []);
  database.script(`PRAGMA max_page_count = ${Number(database.get('PRAGMA page_count')?.['page_count']) + 2}`);

  const many = Array.from({ length: 2000 }, (_, index) => reading(index + 2, { series: 'home.new' }));
  const commit = () =>
    journal.commit(many, [{ source: 'home', key: 'cursor', value: 9 }], () => [
      { attribute: 'opens', date: '2026-03-29' },
    ]);
  const refused = commit();
  await expect(refused).rejects.toMatchObject({ code: 'store.full' });
  await expect(refused).rejects.toThrow('free some space');
  expect(await journal.between('home.new', 0, 9999)).toEqual([]);
  expect(await journal.between('home.door', 0, 9999)).toEqual([reading(1)]);
  expect(await days.touched(9)).toEqual([]);

  database.script('PRAGMA max_page_count = 100000');
  await commit();
  expect(await journal.between('home.new', 0, 9999)).toHaveLength(2000);
  expect(await days.touched(9)).toMatchObject([{ attribute: 'opens', date: '2026-03-29' }]);
  database.close();
});
