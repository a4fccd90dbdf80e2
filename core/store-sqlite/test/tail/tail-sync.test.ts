import { openSqliteStore } from '@dayfold/store-sqlite';
import type { SqliteStore } from '@dayfold/store-sqlite';
import type * as fs from 'node:fs';
import { expect, test, vi } from 'vitest';
import { DataFolder, reading } from '../data-folder.ts';
import { asKilled, DAY, stored } from './committing.ts';

const disk = vi.hoisted(() => ({ doesFail: false }));

/** Of the tail's file alone: SQLite does not sync through Node.js. */
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return {
    ...real,
    fdatasyncSync: (file: number) => {
      if (disk.doesFail)
        throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO', syscall: 'fdatasync' });
      real.fdatasyncSync(file);
    },
  };
});

/** What a process that is killed now leaves, to the next one. */
async function afterKill(folder: DataFolder): Promise<unknown> {
  using killed = asKilled(folder);
  await using store = await openSqliteStore({ folder: killed.path });
  return [await stored(store), await store.journal.receipts('home', 9)];
}

/** A store in whose tail's file a record stands that was refused, since the disk would not sync it. */
async function withRefused(folder: DataFolder): Promise<SqliteStore> {
  const store = await openSqliteStore({ folder: folder.path });
  for (const at of [1, 2]) await store.journal.commit([reading(at, { receipt: at })], [], () => [DAY]);
  disk.doesFail = true;
  const refused = store.journal.commit([reading(3, { receipt: 3 })], [], () => [DAY]);
  await expect(refused).rejects.toMatchObject({ code: 'store.readonly' });
  disk.doesFail = false;
  return store;
}

test('a reading that was refused at the sync is there once when it comes again, with more or as it was', async () => {
  for (const state of [[], [{ source: 'home', key: 'cursor', value: 3 }]]) {
    using folder = new DataFolder();
    await using store = await withRefused(folder);
    expect(await stored(store)).toEqual([1, 2]);
    await store.journal.commit([reading(3, { receipt: 3 })], state, () => [DAY]);
    expect(await stored(store)).toEqual([1, 2, 3]);
    expect(await afterKill(folder)).toEqual([
      [1, 2, 3],
      [3, 2, 1],
    ]);
  }
});

test('nothing that looks into the file meanwhile takes it for stored', async () => {
  using folder = new DataFolder();
  await using store = await withRefused(folder);
  expect(await store.journal.receipts('home', 9)).toEqual([2, 1]);
  const undone = store.journal.commit([reading(9)], [{ source: 'home', key: 'k', value: 1n as never }], () => [DAY]);
  await expect(undone).rejects.toThrow('BigInt');
  expect(await stored(store)).toEqual([1, 2]);
  await store.journal.prune(0, new Set());
  expect(await afterKill(folder)).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test('after a transaction that was undone the next commit is one too, also of what could go to the file', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  for (const at of [1, 2]) await store.journal.commit([reading(at)], [], () => []);
  const undone = store.journal.commit([reading(9)], [{ source: 'home', key: 'k', value: 1n as never }], () => []);
  await expect(undone).rejects.toThrow('BigInt');
  // The log may still hold it, with its end, until something else stands there.
  const rows = (): unknown =>
    folder.direct((connection) => connection.prepare('SELECT count(*) AS n FROM journal_tail').get()?.['n']);
  const before = Number(rows());
  await store.journal.commit([reading(3)], [], () => []);
  expect(rows()).toBe(before + 1);
  await store.journal.commit([reading(4)], [], () => []);
  expect(rows()).toBe(before + 1);
  expect(await stored(store)).toEqual([1, 2, 3, 4]);
});
