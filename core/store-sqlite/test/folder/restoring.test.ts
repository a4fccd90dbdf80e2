import { beginRestore, copyStore, openSqliteStore, RESTORED_KEY } from '@dayfold/store-sqlite';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { Secret } from '@dayfold/runtime';
import { DataFolder, reading } from '../data-folder.ts';

const NOTE = { at: 5_000, backup: '2026-03-29T10:00:00.000Z' };

test('a checked copy becomes the store, its logins in doubt until they are tried', async () => {
  using from = await filledFolder();
  using to = new DataFolder();
  const folder = join(to.path, 'new');
  {
    using restoring = beginRestore(folder);
    expect(restoring.occupants).toEqual([]);
    copyStore(from.path, restoring.copy, { secrets: true });
    expect(restoring.check()).toMatchObject({ schema: 1, counts: { readings: 1, logins: 2 } });
    expect(restoring.finish(NOTE)).toBeUndefined();
  }
  expect(readdirSync(folder).filter((name) => name !== 'lock.db')).toEqual(['dayfold.db']);
  await using store = await openSqliteStore({ folder });
  expect(await store.journal.between('home.door', 0, 9)).toEqual([reading(1)]);
  expect(await store.tokens.get('me')).toMatchObject({
    accessToken: new Secret('access-me'),
    refreshIntentAt: 5_000,
    dead: false,
  });
  expect(await store.tokens.get('old')).toMatchObject({ dead: true, refreshIntentAt: undefined });
  expect(await store.keyValues.get('dayfold', RESTORED_KEY)).toEqual(NOTE);
});

test('the store before it is moved aside whole and can be moved back', async () => {
  using from = await filledFolder();
  using to = new DataFolder();
  {
    await using store = await openSqliteStore({ folder: to.path });
    await store.journal.commit([reading(7)], [], () => []);
  }
  let aside: string | undefined;
  {
    using restoring = beginRestore(to.path);
    expect(restoring.occupants).toEqual(['dayfold.db']);
    copyStore(from.path, restoring.copy, { secrets: true });
    restoring.check();
    aside = restoring.finish(NOTE);
  }
  expect(aside).toMatch(/replaced-\d{4}-\d\d-\d\dT\d{6}$/);
  renameSync(join(aside ?? '', 'dayfold.db'), to.database);
  await using store = await openSqliteStore({ folder: to.path });
  expect(await store.journal.between('home.door', 0, 9)).toEqual([reading(7)]);
});

test('a folder that is held is refused; one that is given up is left as it was', async () => {
  using to = new DataFolder();
  const store = await openSqliteStore({ folder: to.path });
  await store.journal.commit([reading(7)], [], () => []);
  expect(() => beginRestore(to.path)).toThrow(/is in use by process \d+/);
  await store.close();
  const before = [to.contents('dayfold.db'), to.names('')];
  {
    using restoring = beginRestore(to.path);
    writeFileSync(restoring.copy, 'half');
    await expect(openSqliteStore({ folder: to.path })).rejects.toMatchObject({ code: 'store.locked' });
  }
  expect([to.contents('dayfold.db'), to.names('')]).toEqual(before);
  const missing = join(to.path, 'missing');
  beginRestore(missing)[Symbol.dispose]();
  expect(existsSync(missing)).toBe(false);
});

test.each([
  ['a newer schema', 'PRAGMA user_version = 99', 'store.newer'],
  ['another program', 'DROP TABLE journal', 'store.damaged'],
  ['code in it', 'CREATE TRIGGER evil AFTER INSERT ON journal BEGIN DELETE FROM token; END', 'store.damaged'],
])('a copy of %s is refused', async (_what, change, code) => {
  using from = await filledFolder();
  using to = new DataFolder();
  using restoring = beginRestore(to.path);
  copyStore(from.path, restoring.copy, { secrets: true });
  {
    using database = new DatabaseSync(restoring.copy);
    database.exec(change);
  }
  expect(() => restoring.check()).toThrow(expect.objectContaining({ code }));
});

test('a restore that was decided and then killed is completed by the next start, with the old write-ahead log out of the way', async () => {
  using from = await filledFolder();
  using to = new DataFolder();
  {
    await using store = await openSqliteStore({ folder: to.path });
    await store.journal.commit([reading(7)], [], () => []);
  }
  mkdirSync(join(to.path, 'restored'));
  mkdirSync(join(to.path, 'restoring'));
  copyStore(from.path, join(to.path, 'restored', 'dayfold.db'), { secrets: true });
  writeFileSync(`${to.database}-wal`, 'what the old database had not merged yet');
  await using store = await openSqliteStore({ folder: to.path });
  expect(await store.journal.between('home.door', 0, 9)).toEqual([reading(1)]);
  expect(to.names('restor')).toEqual([]);
  const [aside] = to.names('replaced-');
  expect(readdirSync(join(to.path, aside ?? '')).toSorted()).toEqual(['dayfold.db', 'dayfold.db-wal']);
});

async function filledFolder(): Promise<DataFolder> {
  const folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await store.journal.commit([reading(1)], [], () => []);
  for (const account of ['me', 'old']) {
    await store.tokens.put({
      account,
      accessToken: new Secret(`access-${account}`),
      refreshToken: new Secret(`refresh-${account}`),
      expiresAt: 9_000,
      scopes: [],
      refreshIntentAt: undefined,
      dead: account === 'old',
      username: undefined,
      timezone: undefined,
      connectedAt: 1,
    });
  }
  return folder;
}
