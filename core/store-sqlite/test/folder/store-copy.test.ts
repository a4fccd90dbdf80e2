import type { Token } from '@dayfold/runtime';
import { until } from '@dayfold/sdk/testing';
import { copyStore, openSqliteStore, reportStore } from '@dayfold/store-sqlite';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { Secret } from '@dayfold/runtime';
import { DataFolder, reading } from '../data-folder.ts';
import { committingProcess } from '../killed-process.ts';

const token: Token = {
  account: 'me',
  accessToken: new Secret('canary-access'),
  refreshToken: new Secret('canary-refresh'),
  expiresAt: undefined,
  scopes: ['food_write'],
  refreshIntentAt: undefined,
  dead: false,
  username: 'anna',
  timezone: undefined,
  connectedAt: 1,
};

test('a copy holds every table as it was at that moment, for the user alone', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await store.journal.commit([reading(1), reading(2)], [{ source: 'home', key: 'cursor', value: 2 }], () => []);
  await store.tokens.put(token);
  const copy = join(folder.path, 'copy.db');
  expect(copyStore(folder.path, copy, { secrets: true })).toEqual({
    schema: 1,
    counts: { readings: 2, attributeDays: 0, ledgerEntries: 0, logins: 1 },
  });
  await store.journal.commit([reading(3)], [], () => []);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(rowsOf(copy, 'plugin_storage')).toBe(rowsOf(folder.database, 'plugin_storage'));
  expect(readFileSync(copy).includes('canary-access')).toBe(true);
});

test('beside a process that goes on committing, every copy is whole and has all that was acknowledged before', async () => {
  using folder = new DataFolder();
  const writer = await committingProcess(folder.path, 1, 10);
  try {
    for (let round = 1; round <= 5; round += 1) {
      const acknowledged = writer.acknowledged();
      const copy = join(folder.path, `copy-${round}.db`);
      const { counts } = copyStore(folder.path, copy, { secrets: true });
      expect(counts.readings).toBeGreaterThanOrEqual(acknowledged);
      using database = new DatabaseSync(copy);
      const cursor = database.prepare("SELECT value FROM plugin_storage WHERE key = 'cursor'").get();
      expect(Number(cursor?.['value'])).toBe(counts.readings);
      await until(() => writer.acknowledged() > acknowledged);
    }
  } finally {
    await writer.kill();
  }
});

test('without secrets no login and no secret of a plugin is left, not even on a page that is free', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await store.tokens.put(token);
  await store.keyValues.set('cloud', 'session', { refresh_token: 'canary-plugin' });
  await store.keyValues.set('cloud', 'api_key', 'canary-key');
  await store.keyValues.set('cloud', 'cursor', { page: 7 });
  await store.keyValues.set('cloud', 'next', 'https://x/?page=7&appid=canary-id');
  await store.keyValues.set('cloud', 'etags', { 'https://me:canary-url@x/': '"abc"' });
  const problem = { code: 'source.trouble', remedy: '', since: 1 };
  await store.problems.raise({ ...problem, subject: 'a', message: 'https://me:canary-problem@x refused' });
  await store.problems.raise({ ...problem, subject: 'b', message: 'refused' });
  await store.keyValues.set('dayfold', 'login.abc', { account: 'me' });
  await store.keyValues.set('dayfold', 'zones', 'kept');
  const copy = join(folder.path, 'copy.db');
  expect(copyStore(folder.path, copy, { secrets: false }).counts.logins).toBe(0);
  expect(readFileSync(copy).includes('canary')).toBe(false);
  using database = new DatabaseSync(copy);
  const kept = database.prepare("SELECT scope || ' ' || key AS name FROM plugin_storage ORDER BY scope").all();
  expect(kept.map(({ name }) => name)).toEqual(['cloud cursor', 'dayfold zones']);
  expect(rowsOf(copy, 'problem')).toBe(1);
});

test('a damaged or newer database is not copied, and nothing half made is left', async () => {
  using folder = new DataFolder();
  await (await openSqliteStore({ folder: folder.path })).close();
  const copy = join(folder.path, 'copy.db');
  folder.direct((connection) => connection.exec('PRAGMA user_version = 99'));
  expect(() => copyStore(folder.path, copy, { secrets: false })).toThrow('written by a newer dayfold');
  writeFileSync(folder.database, 'no database at all, but a text that is longer than a header of SQLite would be.....');
  expect(() => copyStore(folder.path, copy, { secrets: true })).toThrow('damaged');
  expect(() => copyStore(join(folder.path, 'none'), copy, { secrets: true })).toThrow('there is no dayfold data');
  expect(folder.names('copy')).toEqual([]);
});

test('a report counts rows beside an open store and tells damage', async () => {
  using folder = new DataFolder();
  expect(reportStore(folder.path)).toBeUndefined();
  await using store = await openSqliteStore({ folder: folder.path });
  await store.journal.commit([reading(1)], [], () => []);
  const report = reportStore(folder.path);
  expect(report?.schema).toBe(1);
  expect(report?.bytes).toBeGreaterThan(4096);
  expect(report?.rows).toMatchObject({ journal_tail: 1, series: 1, token: 0 });
});

function rowsOf(file: string, table: string): number {
  using database = new DatabaseSync(file, { readOnly: true });
  return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}
