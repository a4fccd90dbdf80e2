import { Journal, KeyValues, Tokens } from '@dayfold/runtime';
import { openSqliteStore, storeSqliteModule } from '@dayfold/store-sqlite';
import { Container } from 'inversify';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import 'reflect-metadata';
import { expect, test } from 'vitest';
import { DataFolder, reading } from '../data-folder.ts';

test('folder and files are for the user alone, also where they were open before', async () => {
  using folder = new DataFolder();
  const made = join(folder.path, 'below', 'data');
  {
    await using store = await openSqliteStore({ folder: made });
    await store.journal.commit([reading(1)], [], () => []);
    expect(statSync(made).mode & 0o777).toBe(0o700);
    const modes = readdirSync(made).map((name) => [name, statSync(join(made, name)).mode & 0o777]);
    expect(Object.fromEntries(modes)).toMatchObject({
      'dayfold.db': 0o600,
      'dayfold.db-wal': 0o600,
      'lock.db': 0o600,
      'lock.pid': 0o600,
    });
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  }
  chmodSync(join(made, 'dayfold.db'), 0o644);
  await using store = await openSqliteStore({ folder: made });
  expect(statSync(join(made, 'dayfold.db')).mode & 0o777).toBe(0o600);
  expect(await store.journal.lastReceived()).toBe(1);
});

test('what was stored is there after closing and opening, closing twice does no harm', async () => {
  using folder = new DataFolder();
  const store = await openSqliteStore({ folder: folder.path });
  await store.journal.commit([reading(1, { value: true })], [], () => [{ attribute: 'opens', date: '2026-03-29' }]);
  await store.attributeDays.settle(
    [{ attribute: 'opens', date: '2026-03-28', account: 'me', wanted: '7', readings: 1 }],
    3,
  );
  await store.close();
  await store.close();
  await using again = await openSqliteStore({ folder: folder.path });
  expect(await again.journal.between('home.door', 0, 9)).toEqual([reading(1, { value: true })]);
  expect(await again.outbox.due('me')).toMatchObject([{ attribute: 'opens', value: '7' }]);
  expect(await again.attributeDays.touched(9)).toMatchObject([{ attribute: 'opens', date: '2026-03-29' }]);
});

test('a clean stop leaves neither the mark of an open database nor a holder', async () => {
  using folder = new DataFolder();
  await (await openSqliteStore({ folder: folder.path })).close();
  expect([...folder.names('open'), ...folder.names('lock.pid')]).toEqual([]);
});

test('a folder of a newer dayfold is refused and left as it is', async () => {
  using folder = new DataFolder();
  await (await openSqliteStore({ folder: folder.path })).close();
  folder.direct((connection) => connection.exec('PRAGMA user_version = 99'));
  const before = folder.contents('dayfold.db');
  for (const readOnly of [false, true]) {
    const refused = openSqliteStore({ folder: folder.path, readOnly });
    await expect(refused).rejects.toMatchObject({ code: 'store.newer' });
    await expect(refused).rejects.toThrow('install the newer version again');
  }
  expect(folder.contents('dayfold.db')).toEqual(before);
  expect(folder.names('damaged')).toEqual([]);
});

test('reading where nothing was stored yet says so and makes nothing', async () => {
  using folder = new DataFolder();
  const empty = join(folder.path, 'none');
  await expect(openSqliteStore({ folder: empty, readOnly: true })).rejects.toThrow('there is no dayfold data');
  expect(folder.names('none')).toEqual([]);
});

test('a store opened for reading refuses to write', async () => {
  using folder = new DataFolder();
  await (await openSqliteStore({ folder: folder.path })).close();
  await using reader = await openSqliteStore({ folder: folder.path, readOnly: true });
  await expect(reader.journal.commit([reading(1)], [], () => [])).rejects.toMatchObject({ code: 'store.readonly' });
  expect(await reader.journal.between('home.door', 0, 9)).toEqual([]);
});

test('a folder that cannot be made is a clear error', async () => {
  using folder = new DataFolder();
  writeFileSync(join(folder.path, 'file'), '');
  await expect(openSqliteStore({ folder: join(folder.path, 'file', 'data') })).rejects.toMatchObject({
    code: 'store.readonly',
  });
  mkdirSync(join(folder.path, 'data', 'lock.db'), { recursive: true });
  await expect(openSqliteStore({ folder: join(folder.path, 'data') })).rejects.toMatchObject({
    code: 'store.readonly',
  });
});

test('where the system refuses a folder in one that is there, as in /proc, that is an error and no endless search', async () => {
  for (const path of [`/proc/${process.pid}/x`, '/proc/self/x/y', '/proc/no-such/x'])
    await expect(openSqliteStore({ folder: path }), path).rejects.toMatchObject({
      code: 'store.readonly',
      message: expect.stringMatching(/^the data folder \/proc.* cannot be used: .*name another with --data/s) as string,
    });
});

test('a file of the folder that cannot be written is a clear error, and the folder is given back', async () => {
  using folder = new DataFolder();
  mkdirSync(join(folder.path, 'lock.pid'));
  const refused = openSqliteStore({ folder: folder.path });
  await expect(refused).rejects.toMatchObject({ code: 'store.readonly' });
  await expect(refused).rejects.toThrow(/cannot be used: .*lock\.pid.*check its permissions/);
  rmdirSync(join(folder.path, 'lock.pid'));
  await using store = await openSqliteStore({ folder: folder.path });
  expect(await store.journal.lastReceived()).toBeUndefined();
});

// To root every folder is writable.
test.skipIf(process.getuid?.() === 0)(
  'a folder that may only be read is a clear error and nothing is lost',
  async () => {
    using folder = new DataFolder();
    await (await openSqliteStore({ folder: folder.path })).close();
    const before = folder.contents('dayfold.db');
    chmodSync(folder.path, 0o500);
    try {
      await expect(openSqliteStore({ folder: folder.path })).rejects.toMatchObject({ code: 'store.readonly' });
    } finally {
      chmodSync(folder.path, 0o700);
    }
    expect(folder.contents('dayfold.db')).toEqual(before);
    await (await openSqliteStore({ folder: folder.path })).close();
  },
);

test('the module binds each port to the store', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  const container = new Container();
  container.load(storeSqliteModule(store));
  expect(container.get(Journal)).toBe(store.journal);
  expect(container.get(Tokens)).toBe(store.tokens);
  expect(container.get(KeyValues)).toBe(store.keyValues);
});

test('a first start that was cut off in the middle is begun again', async () => {
  using folder = new DataFolder();
  using elsewhere = new DataFolder();
  const cutOff = new DatabaseSync(elsewhere.database);
  // So small a cache that the transaction reaches the disk before its end, as a cut at its commit leaves it.
  cutOff.exec('PRAGMA cache_size = 1; BEGIN; CREATE TABLE half (x)');
  cutOff.exec('INSERT INTO half SELECT randomblob(4000) FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9))');
  for (const end of ['', '-journal']) copyFileSync(`${elsewhere.database}${end}`, `${folder.database}${end}`);
  cutOff.close();
  await using store = await openSqliteStore({ folder: folder.path });
  await store.journal.commit([reading(1)], [], () => []);
  expect(await store.journal.between('home.door', 0, 9)).toEqual([reading(1)]);
});
