import type { Change } from '@dayfold/runtime';
import { expect, test } from 'vitest';
import { Database } from '../src/database.ts';
import { SqliteRequestLog } from '../src/days/sqlite-accounts.ts';
import { SqliteAttributeDays } from '../src/days/sqlite-attribute-days.ts';
import { SqliteChanges } from '../src/days/sqlite-changes.ts';
import { SqliteOutbox } from '../src/days/sqlite-outbox.ts';
import { SqliteProblems } from '../src/days/sqlite-problems.ts';
import { TouchedMarks } from '../src/days/touched-marks.ts';
import { SqliteJournal } from '../src/journal/sqlite-journal.ts';
import { migrate } from '../src/migrations.ts';
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

test('a full disk leaves nothing of an answer of Exist, and with room again it is recorded whole', async () => {
  using folder = new DataFolder();
  const database = new Database(folder.database);
  migrate(database);
  const changes = new SqliteChanges(database);
  const requests = new SqliteRequestLog(database);
  const outbox = new SqliteOutbox(database);
  database.script(`PRAGMA max_page_count = ${Number(database.get('PRAGMA page_count')?.['page_count']) + 1}`);
  const day = { attribute: 'steps', date: '2026-03-29', value: 1 } as const;
  const answer: Change[] = [
    { kind: 'request', request: { account: 'me', at: 1, endpoint: 'update', items: 35, outcome: 'ok', ms: 1 } },
    {
      kind: 'sent',
      account: 'me',
      items: Array.from({ length: 35 }, (_, at) => ({ ...day, at, outcome: 'a long reason '.repeat(40) })),
    },
    { kind: 'keep', scope: 'dayfold', key: 'writing.me', value: 1 },
  ];
  await expect(changes.together(answer)).rejects.toMatchObject({ code: 'store.full' });
  expect(await requests.since('me', 0)).toEqual([]);
  expect(await outbox.sent('steps', '2026-03-29')).toEqual([]);
  database.script('PRAGMA max_page_count = 100000');
  await changes.together(answer);
  expect(await requests.since('me', 0)).toHaveLength(1);
  expect(await outbox.sent('steps', '2026-03-29')).toHaveLength(35);
  database.close();
});

test('problems are shown while the disk is full, and stored once there is room', async () => {
  using folder = new DataFolder();
  const database = new Database(folder.database);
  migrate(database);
  const problems = new SqliteProblems(database);
  const problem = (code: string, message: string) => ({ code, subject: 'me', since: 1, message, remedy: 'free space' });
  await problems.raise(problem('old', 'was there before'));
  database.script(`PRAGMA max_page_count = ${Number(database.get('PRAGMA page_count')?.['page_count'])}`);
  const long = 'the disk is full '.repeat(1000);
  await problems.raise(problem('store.full', long));
  await problems.raise({ ...problem('store.full', `${long}!`), since: 9 });
  await problems.clear('old', 'me');
  expect(await problems.list()).toEqual([problem('store.full', `${long}!`)]);
  database.script('PRAGMA max_page_count = 100000');
  await problems.raise(problem('later', 'm'));
  expect((await new SqliteProblems(database).list()).map(({ code }) => code)).toEqual(['later', 'store.full']);
  database.close();
});
