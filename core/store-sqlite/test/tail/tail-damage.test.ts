import { copyStore, openSqliteStore, reportStore } from '@dayfold/store-sqlite';
import { copyFileSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataFolder, reading } from '../data-folder.ts';
import { asKilled, commit, stored } from './committing.ts';

test('a last record that was cut off is as if it had not been', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  for (let at = 1; at <= 4; at += 1) await commit(store, reading(at));
  using killed = asKilled(folder);
  flip(`${killed.database}-tail`, 2);
  await using again = await openSqliteStore({ folder: killed.path });
  expect(await stored(again)).toEqual([1, 2, 3]);
  await commit(again, reading(5));
  expect(await stored(again)).toEqual([1, 2, 3, 5]);
});

test('a damaged record before others is refused, nothing is overwritten, and the others are saved', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  for (let at = 1; at <= 4; at += 1) await commit(store, reading(at));
  using killed = asKilled(folder);
  flip(`${killed.database}-tail`, 1);
  const damaged = killed.contents('dayfold.db');
  {
    await using again = await openSqliteStore({ folder: killed.path });
    await expect(commit(again, reading(9))).rejects.toMatchObject({ code: 'store.damaged' });
  }
  // Once met, it is looked for at the next start.
  await expect(openSqliteStore({ folder: killed.path })).rejects.toThrow(
    /damaged.*with what could be read: 3 readings, .*some are lost/,
  );
  expect(killed.contents('dayfold.db')['dayfold.db-tail']).toBe(damaged['dayfold.db-tail']);
  renameSync(killed.database, `${killed.database}.bad`);
  await using saved = await openSqliteStore({ folder: killed.path });
  expect(await stored(saved)).toEqual([1, 2, 4]);
});

test('a disk that kept the file and forgot a series of the database is refused: its number may be given again', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  await commit(store, reading(1), reading(1, { series: 'home.window' }));
  await commit(store, reading(2, { series: 'home.window' }));
  using killed = asKilled(folder);
  killed.direct((connection) => connection.exec("DELETE FROM series WHERE name = 'home.window'"));
  writeFileSync(join(killed.path, 'open'), '');
  await expect(openSqliteStore({ folder: killed.path })).rejects.toMatchObject({ code: 'store.damaged' });
});

test('of a damaged record no copy is made without a word, and a report tells it', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  for (let at = 1; at <= 4; at += 1) await commit(store, reading(at));
  using killed = asKilled(folder);
  flip(`${killed.database}-tail`, 1);
  expect(() => copyStore(killed.path, join(killed.path, 'copy.db'), { secrets: true })).toThrow('damaged');
  expect(killed.names('copy')).toEqual([]);
  expect(() => reportStore(killed.path)).toThrow('damaged');
});

test('damaged again it is copied aside again, though the database did not change', async () => {
  using folder = new DataFolder();
  await using store = await openSqliteStore({ folder: folder.path });
  for (let at = 1; at <= 4; at += 1) await commit(store, reading(at));
  using killed = asKilled(folder);
  const refused = async (): Promise<void> => {
    flip(`${killed.database}-tail`, 1);
    writeFileSync(join(killed.path, 'open'), '');
    await expect(openSqliteStore({ folder: killed.path })).rejects.toMatchObject({ code: 'store.damaged' });
  };
  await refused();
  await commit(store, reading(5));
  copyFileSync(`${folder.database}-tail`, `${killed.database}-tail`);
  const later = new Date(Date.now() + 5000);
  utimesSync(`${killed.database}-tail`, later, later);
  await refused();
  expect(killed.names('damaged-')).toHaveLength(2);
  renameSync(killed.database, `${killed.database}.bad`);
  await using saved = await openSqliteStore({ folder: killed.path });
  expect(await stored(saved)).toEqual([1, 2, 4, 5]);
});

/** Changes a bit of the record with this index. */
function flip(file: string, index: number): void {
  const bytes = readFileSync(file);
  const mark = bytes.subarray(0, 4);
  let place = 0;
  for (let record = 0; record < index; record += 1) place = bytes.indexOf(mark, place + 1);
  bytes.writeUInt8(bytes.readUInt8(place + 40) ^ 1, place + 40);
  writeFileSync(file, bytes);
}
