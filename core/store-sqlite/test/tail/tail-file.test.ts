import { copyStore, openSqliteStore } from '@dayfold/store-sqlite';
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test, vi } from 'vitest';
import { JournalPages } from '../../src/journal/journal-pages.ts';
import { DataFolder, reading } from '../data-folder.ts';
import { asKilled, commit, DAY, stored } from './committing.ts';

test('plain readings alone change nothing in the database, and are there again after kill -9', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await commit(store, reading(1));
  const before = folder.contents('dayfold.db');
  await commit(store, reading(2, { receipt: 22 }));
  await commit(store, reading(3, { receipt: 33, unit: 'W' }), reading(4, { value: 'open' }));
  const { 'dayfold.db-tail': _tail, ...database } = folder.contents('dayfold.db');
  expect(database).toEqual(before);

  using killed = asKilled(folder);
  await using again = await openSqliteStore({ folder: killed.path });
  expect(await again.journal.between('home.door', 0, 9)).toEqual([
    reading(1),
    reading(2),
    reading(3, { unit: 'W' }),
    reading(4, { value: 'open' }),
  ]);
  expect(await again.journal.receipts('home', 9)).toEqual([33, 22]);
  expect(await again.attributeDays.touched(9)).toMatchObject([DAY]);
});

test('after a clean stop the database has everything without the file', async () => {
  using folder = new DataFolder();
  {
    await using store = await openSqliteStore({ folder: folder.path });
    await commit(store, reading(1, { receipt: 11 }));
    await commit(store, reading(2, { receipt: 22 }));
  }
  expect(folder.names('dayfold.db')).toEqual(['dayfold.db', 'dayfold.db-tail']);
  rmSync(`${folder.database}-tail`);
  await using store = await openSqliteStore({ folder: folder.path });
  expect(await stored(store)).toEqual([1, 2]);
  expect(await store.journal.receipts('home', 9)).toEqual([22, 11]);
  expect(await store.journal.lastReceived('home')).toBe(2);
});

test('what the database has to know too goes there: a new series, a day that was read since, state, an id', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  const rows = (): number =>
    folder.direct((connection) => Number(connection.prepare('SELECT count(*) AS n FROM journal_tail').get()?.['n']));

  await commit(store, reading(1));
  expect(rows()).toBe(1);
  await commit(store, reading(2));
  expect(rows()).toBe(1);
  await commit(store, reading(3, { series: 'home.window' }));
  expect(rows()).toBe(2);
  const [read] = await store.attributeDays.touched(9);
  await commit(store, reading(4));
  expect(rows()).toBe(3);
  expect((await store.attributeDays.touched(9))[0]?.mark).toBeGreaterThan(read?.mark ?? Number.NaN);
  await store.journal.commit([reading(5)], [{ source: 'home', key: 'cursor', value: 5 }], () => [DAY]);
  expect(rows()).toBe(4);
  await commit(store, reading(6, { id: 'six' }), reading(7));
  expect(rows()).toBe(5);
  expect(await stored(store)).toEqual([1, 2, 4, 5, 6, 7]);
});

test('once sorted into pages they are not found a second time, whatever the file still holds', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  for (let at = 1; at <= 5; at += 1) await commit(store, reading(at));
  // Sorts the tail into pages.
  await store.journal.prune(0, new Set());
  expect(await stored(store)).toEqual([1, 2, 3, 4, 5]);
  await commit(store, reading(6));
  expect(await stored(store)).toEqual([1, 2, 3, 4, 5, 6]);
  using killed = asKilled(folder);
  await using again = await openSqliteStore({ folder: killed.path });
  expect(await stored(again)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a store that is only read sees what is appended beside it, and what was sorted meanwhile once', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await commit(store, reading(1));
  await using beside = await openSqliteStore({ folder: folder.path, readOnly: true });
  expect(await stored(beside)).toEqual([1]);
  await commit(store, reading(2));
  expect(await stored(beside)).toEqual([1, 2]);
  await store.journal.prune(0, new Set());
  await commit(store, reading(3));
  expect(await stored(beside)).toEqual([1, 2, 3]);
});

test('read beside a daemon that sorts in meanwhile no reading is missing or there twice', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  for (let at = 1; at <= 4; at += 1) await commit(store, reading(at));
  await using beside = await openSqliteStore({ folder: folder.path, readOnly: true });
  const looking = vi.spyOn(JournalPages.prototype, 'between').mockImplementationOnce(function (
    this: JournalPages,
    ...range
  ) {
    const found = this.between(...range);
    // Sorts the tail into pages.
    void store.journal.prune(0, new Set());
    return found;
  });
  expect(await stored(beside)).toEqual([1, 2, 3, 4]);
  expect(looking.mock.calls.length).toBeGreaterThan(2);
  looking.mockRestore();
});

test('a copy has them too, and is another tail than the one it was made of', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await commit(store, reading(1));
  await commit(store, reading(2, { receipt: 7 }));
  using restored = new DataFolder();
  expect(copyStore(folder.path, restored.database, { secrets: false }).counts.readings).toBe(2);
  await commit(store, reading(3));
  copyFileSync(`${folder.database}-tail`, `${restored.database}-tail`);

  await using copy = await openSqliteStore({ folder: restored.path });
  expect(await stored(copy)).toEqual([1, 2]);
  expect(await copy.journal.receipts('home', 9)).toEqual([7]);
});

test('a closed store writes nothing more: the folder may be another process’s', async () => {
  using folder = new DataFolder();
  const late = await openSqliteStore({ folder: folder.path });
  await commit(late, reading(1));
  await late.close();
  await using store = await openSqliteStore({ folder: folder.path });
  await commit(store, reading(2));
  await commit(store, reading(3));
  await expect(commit(late, reading(77))).rejects.toThrow('not open');
  using killed = asKilled(folder);
  await using again = await openSqliteStore({ folder: killed.path });
  expect(await stored(again)).toEqual([1, 2, 3]);
});

test('a store that is only read writes nothing, also of readings that touch no attribute', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await commit(store, reading(1));
  await commit(store, reading(2));
  await using beside = await openSqliteStore({ folder: folder.path, readOnly: true });
  expect(await stored(beside)).toEqual([1, 2]);
  await expect(beside.journal.commit([reading(9)], [], () => [])).rejects.toMatchObject({ code: 'store.readonly' });
  expect(await stored(store)).toEqual([1, 2]);
});

test('the file is for this user alone, also where it was put back by hand', async () => {
  using folder = new DataFolder();
  writeFileSync(`${folder.database}-tail`, '', { mode: 0o644 });
  await using store = await openSqliteStore({ folder: folder.path });
  await commit(store, reading(1));
  await commit(store, reading(2));
  expect(statSync(`${folder.database}-tail`).mode & 0o777).toBe(0o600);
});

test('a file that long texts made large begins small again', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  const long = 'text'.repeat(1024 * 1024);
  for (let at = 1; at <= 6; at += 1) await commit(store, reading(at, { value: long }));
  expect(statSync(`${folder.database}-tail`).size).toBeGreaterThan(16 * 1024 * 1024);
  // Sorts the tail into pages.
  await store.journal.prune(0, new Set());
  await commit(store, reading(7));
  expect(statSync(`${folder.database}-tail`).size).toBeLessThan(1024 * 1024);
  expect(await stored(store)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('where the file cannot grow nothing of the commit is kept, and the same commit succeeds later', async (context) => {
  using folder = new DataFolder();
  context.skip(spawnSync('prlimit', ['--version']).error !== undefined, 'prlimit is not installed');
  const script = join(import.meta.dirname, 'limited-process.ts');
  const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=@dayfold/source', script, folder.path], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ refused: 'store.readonly', meanwhile: 1, afterwards: 2 });
  await using store = await openSqliteStore({ folder: folder.path });
  expect(await store.journal.between('home.door', 0, 9)).toHaveLength(2);
});
