import { expect, onTestFinished, test } from 'vitest';
import { Database } from '../../src/database.ts';
import { SqliteAttributeDays } from '../../src/days/sqlite-attribute-days.ts';
import { SqliteOutbox } from '../../src/days/sqlite-outbox.ts';
import { TouchedMarks } from '../../src/days/touched-marks.ts';
import { migrate } from '../../src/migrations.ts';
import { DataFolder } from '../data-folder.ts';

const DAY = { attribute: 'steps', date: '2026-03-29', account: 'me', wanted: 900, readings: 3 } as const;

async function opened(): Promise<{
  readonly database: Database;
  readonly outbox: SqliteOutbox;
  readonly hasIndex: () => boolean;
}> {
  const folder = new DataFolder();
  const database = new Database(folder.database);
  onTestFinished(() => {
    database.close();
    folder[Symbol.dispose]();
  });
  migrate(database);
  await new SqliteAttributeDays(database, new TouchedMarks(database)).settle([DAY], 1);
  return {
    database,
    outbox: new SqliteOutbox(database),
    hasIndex: () => database.get("SELECT 1 FROM sqlite_schema WHERE name = 'attribute_day_due'") !== undefined,
  };
}

test('what is due has an index as soon as somebody asks for it, and all that was settled before is in it', async () => {
  const { database, outbox, hasIndex } = await opened();
  expect(hasIndex()).toBe(false);
  expect(await outbox.due('me')).toMatchObject([{ attribute: 'steps', value: 900 }]);
  expect(hasIndex()).toBe(true);
  const plan = database.all(
    "EXPLAIN QUERY PLAN SELECT id FROM attribute_day WHERE account = 'me' AND wanted IS NOT NULL AND refused = 0 AND (confirmed IS NULL OR confirmed <> wanted)",
  );
  expect(plan).toMatchObject([{ detail: expect.stringContaining('attribute_day_due') as string }]);
  expect(await new SqliteOutbox(database).due('me')).toHaveLength(1);
});

test('on a full disk what is due is told without an index, and with room again it has one', async () => {
  const { database, outbox, hasIndex } = await opened();
  database.script(`PRAGMA max_page_count = ${Number(database.get('PRAGMA page_count')?.['page_count'])}`);
  expect(await outbox.due('me')).toHaveLength(1);
  expect(hasIndex()).toBe(false);
  database.script('PRAGMA max_page_count = 100000');
  expect(await outbox.due('me')).toHaveLength(1);
  expect(hasIndex()).toBe(true);
});
