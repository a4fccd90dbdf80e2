import { openSqliteStore } from '@dayfold/store-sqlite';
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataFolder, digestOf, reading } from '../data-folder.ts';
import { committingProcess } from '../killed-process.ts';

test('a damaged header is refused; nothing is overwritten and one copy lies aside, however often it is tried', async () => {
  using folder = new DataFolder();
  await filled(folder);
  overwrite(folder.database, 0, 100);
  const before = folder.contents('dayfold.db');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const refused = openSqliteStore({ folder: folder.path });
    await expect(refused).rejects.toMatchObject({ code: 'store.damaged' });
    await expect(refused).rejects.toThrow(
      /Nothing was overwritten; a copy is in .*damaged-.*move .* away to begin anew/,
    );
  }
  expect(folder.contents('dayfold.db')).toEqual(before);
  const [aside, ...others] = folder.names('damaged-');
  expect(others).toEqual([]);
  expect(digestOf(join(folder.path, aside ?? '', 'dayfold.db'))).toBe(before['dayfold.db']);
});

test('a damaged page is found after a stop that was not clean, and the write-ahead log is kept too', async () => {
  using folder = new DataFolder();
  await filled(folder);
  const { page, size } = folder.direct((connection) => ({
    page: Number(connection.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'ledger'").get()?.['rootpage']),
    size: Number(connection.prepare('PRAGMA page_size').get()?.['page_size']),
  }));
  await (await committingProcess(folder.path, 1000, 3)).kill();
  overwrite(folder.database, (page - 1) * size, size);
  const before = folder.contents('dayfold.db');
  expect(Object.keys(before)).toEqual(['dayfold.db', 'dayfold.db-wal']);
  await expect(openSqliteStore({ folder: folder.path })).rejects.toMatchObject({ code: 'store.damaged' });
  expect(folder.contents('dayfold.db')).toEqual(before);
  const aside = join(folder.path, folder.names('damaged-')[0] ?? '');
  expect(digestOf(join(aside, 'dayfold.db-wal'))).toBe(before['dayfold.db-wal']);
});

test('damage met while running is looked for at the next start', async () => {
  using folder = new DataFolder();
  await filled(folder);
  const page = folder.direct((connection) =>
    Number(connection.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'ledger'").get()?.['rootpage']),
  );
  overwrite(folder.database, (page - 1) * 4096, 4096);
  const store = await openSqliteStore({ folder: folder.path });
  await expect(store.ledger.entries('me')).rejects.toMatchObject({ code: 'store.damaged' });
  await store.close();
  expect(folder.names('open')).toEqual(['open']);
  await expect(openSqliteStore({ folder: folder.path })).rejects.toMatchObject({ code: 'store.damaged' });
});

test('once the damaged file is moved away the folder is usable again', async () => {
  using folder = new DataFolder();
  writeFileSync(folder.database, 'this is no database at all, but it is long enough to be taken for one'.repeat(20));
  await expect(openSqliteStore({ folder: folder.path })).rejects.toMatchObject({ code: 'store.damaged' });
  renameSync(folder.database, `${folder.database}.bad`);
  await using store = await openSqliteStore({ folder: folder.path });
  await store.journal.commit([reading(1)], [], () => []);
  expect(await store.journal.lastReceived()).toBe(1);
});

async function filled(folder: DataFolder): Promise<void> {
  await using store = await openSqliteStore({ folder: folder.path });
  await store.journal.commit(
    Array.from({ length: 500 }, (_, at) => reading(at)),
    [],
    () => [],
  );
  await store.ledger.put([
    {
      account: 'me',
      attribute: 'steps',
      name: 'steps',
      state: 'owned',
      since: 1,
      reacquiredAt: undefined,
      reason: undefined,
    },
  ]);
}

function overwrite(file: string, position: number, length: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(length, 0xff), 0, length, position);
  closeSync(descriptor);
}
