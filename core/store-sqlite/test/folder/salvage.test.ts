import { openSqliteStore } from '@dayfold/store-sqlite';
import type { SqliteStore } from '@dayfold/store-sqlite';
import { closeSync, openSync, readdirSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '@dayfold/runtime';
import type { JournalReading, LocalDay } from '@dayfold/runtime';
import { DataFolder, reading } from '../data-folder.ts';

const READINGS = 5000;
const ATTRIBUTES = ['floors', 'mood', 'steps'];
const DAYS = Array.from({ length: 300 }, (_, index) =>
  new Date(Date.parse('2025-05-01') + index * 86_400_000).toISOString().slice(0, 10),
);

test('around a damaged page of the journal every other reading is saved, and past days keep their values', async () => {
  using folder = new DataFolder();
  await filled(folder);
  const [, , third = 0] = leaves(folder, 'journal');
  overwrite(folder, third);
  const message = await refusal(folder);
  expect(message).toMatch(
    /with what could be read: \d+ readings, 900 attribute-days, 3 ledger entries, 1 logins; some/,
  );
  renameSync(folder.database, `${folder.database}.bad`);

  await using store = await openSqliteStore({ folder: folder.path });
  const kept = (await store.journal.between('home.door', 0, READINGS)).map(({ at }) => at);
  const lost = READINGS - kept.length;
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(200);
  expect(message).toContain(`${kept.length} readings`);
  // One run is missing, nothing else.
  const gap = kept.findIndex((at, index) => at !== index);
  expect(kept.slice(gap)).toEqual(Array.from({ length: READINGS - lost - gap }, (_, index) => gap + lost + index));
  const days = await store.attributeDays.list({});
  expect(days).toHaveLength(900);
  expect(days.filter(({ sealed }) => !sealed).map(({ date }) => date)).toEqual(ATTRIBUTES.map(() => DAYS.at(-1)));
  expect(await store.attributeDays.definition('steps')).toBeUndefined();
  expect((await store.ledger.entries('me')).map(({ attribute }) => attribute)).toEqual(ATTRIBUTES);
  expect(await store.tokens.get('me')).toMatchObject({ accessToken: new Secret('a'), refreshToken: new Secret('r') });
  // The source reads again what may be lost.
  expect(await store.keyValues.get('home', 'cursor')).toBeUndefined();
  await store.journal.commit([reading(READINGS)], [], () => []);
  expect(await store.journal.lastReceived('home')).toBe(READINGS);
});

test('around two damaged pages of the attribute-days the days between are saved too', async () => {
  using folder = new DataFolder();
  await filled(folder);
  const pages = leaves(folder, 'attribute_day');
  overwrite(folder, pages.at(2) ?? 0);
  overwrite(folder, pages.at(-3) ?? 0);
  const message = await refusal(folder);
  expect(message).toContain(`${READINGS} readings`);
  renameSync(folder.database, `${folder.database}.bad`);

  await using store = await openSqliteStore({ folder: folder.path });
  const days = await store.attributeDays.list({});
  const lost = 900 - days.length;
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(250);
  // Both ends and the middle.
  const has = (attribute: string, date: string | undefined): boolean =>
    days.some((day) => day.attribute === attribute && day.date === date);
  expect([has('floors', DAYS[0]), has('mood', DAYS[150]), has('steps', DAYS.at(-1))]).toEqual([true, true, true]);
  // No reading is lost: what is missing is folded again, as nothing is known of how it was folded.
  expect(days.some(({ sealed }) => sealed)).toBe(false);
  expect(await store.attributeDays.definition('steps')).toBeUndefined();
});

test('where only an index is damaged nothing is lost, and nothing is folded again', async () => {
  using folder = new DataFolder();
  await filled(folder);
  for (const page of leaves(folder, 'journal_at')) overwrite(folder, page);
  expect(await refusal(folder)).toContain('1 logins; nothing of these is lost');
  renameSync(folder.database, `${folder.database}.bad`);

  await using store = await openSqliteStore({ folder: folder.path });
  expect(await store.journal.between('home.door', 0, READINGS)).toHaveLength(READINGS);
  expect(await store.attributeDays.definition('steps')).toBe('sum');
  expect(await store.attributeDays.touched(9)).toMatchObject([{ attribute: 'steps', date: DAYS.at(-1) }]);
  expect((await store.attributeDays.get('steps', '2025-05-01'))?.confirmed).toBe(7);
});

test.each(['attribute', 'sqlite_autoindex_attribute_1'])(
  'attribute-days keep their names where %s cannot be read: they stand in the file twice',
  async (place) => {
    using folder = new DataFolder();
    await filled(folder);
    for (const page of leaves(folder, place)) overwrite(folder, page);
    expect(await refusal(folder)).toContain(' 900 attribute-days');
    renameSync(folder.database, `${folder.database}.bad`);

    await using store = await openSqliteStore({ folder: folder.path });
    const days = await store.attributeDays.list({});
    expect(days.map(({ attribute, date }) => [attribute, date])).toEqual(
      ATTRIBUTES.flatMap((attribute) => DAYS.map((date) => [attribute, date])),
    );
  },
);

test('behind a first page that is gone all is found again', async () => {
  using folder = new DataFolder();
  await filled(folder);
  overwrite(folder, 1);
  expect(await refusal(folder)).toContain(
    `${READINGS} readings, 900 attribute-days, 3 ledger entries, 1 logins; nothing of these is lost`,
  );
  renameSync(folder.database, `${folder.database}.bad`);
  await using store = await openSqliteStore({ folder: folder.path });
  expect(await store.journal.between('home.door', 0, READINGS)).toHaveLength(READINGS);
  expect(await store.tokens.get('me')).toMatchObject({ accessToken: new Secret('a') });
});

test('rows of a table whose name is lost are left out: read again, each is there once', async () => {
  using folder = new DataFolder();
  const rows = [1, 2, 3].map((at) => reading(at, { table: 'home/days.csv' }));
  const mirrored = async (store: SqliteStore) =>
    await store.journal.mirror(
      'home/days.csv',
      (async function* () {
        yield rows;
      })(),
      () => [],
    );
  await filled(folder);
  {
    await using store = await openSqliteStore({ folder: folder.path });
    await mirrored(store);
  }
  for (const page of leaves(folder, 'source_table')) overwrite(folder, page);
  expect(await refusal(folder)).toContain(`${READINGS} readings`);
  renameSync(folder.database, `${folder.database}.bad`);

  await using store = await openSqliteStore({ folder: folder.path });
  expect(await mirrored(store)).toEqual({ added: 3, withdrawn: 0, unchanged: 0 });
  expect(await store.journal.between('home.door', 0, READINGS)).toHaveLength(READINGS + 3);
});

test.each(['journal_page', 'journal_tail'])(
  'bytes of a %s that changed unnoticed are not taken for readings; the others are saved',
  async (table) => {
    using folder = new DataFolder();
    {
      await using store = await openSqliteStore({ folder: folder.path });
      for (const from of [0, 3_600_000]) {
        await store.journal.commit(
          Array.from({ length: 100 }, (_, index) => reading(from + index)),
          // With it they are a row.
          [{ source: 'home', key: 'cursor', value: from }],
          () => [],
        );
      }
      // Sorts the tail into pages.
      if (table === 'journal_page') await store.journal.prune(0, new Set());
    }
    folder.direct((connection) => {
      const { body, checksum } = connection.prepare(`SELECT body, checksum FROM ${table} LIMIT 1`).get() as {
        body: Uint8Array;
        checksum: number;
      };
      body[40] = (body[40] ?? 0) ^ 1;
      connection.prepare(`UPDATE ${table} SET body = ? WHERE checksum = ?`).run(body, checksum);
    });
    {
      await using store = await openSqliteStore({ folder: folder.path });
      await expect(store.journal.between('home.door', 0, 100)).rejects.toMatchObject({ code: 'store.damaged' });
    }
    expect(await refusal(folder)).toContain('with what could be read: 100 readings');
    renameSync(folder.database, `${folder.database}.bad`);
    await using store = await openSqliteStore({ folder: folder.path });
    const saved = await store.journal.between('home.door', 0, 7_200_000);
    expect(saved.map(({ at }) => at)).toEqual(Array.from({ length: 100 }, (_, index) => 3_600_000 + index));
  },
);

test('bytes of a page of a table that changed unnoticed are not taken for readings; the file is read again', async () => {
  using folder = new DataFolder();
  const dated = (date: LocalDay): JournalReading =>
    reading(Date.parse(date), { date, table: 'home/days.csv', receivedAt: 1 });
  const mirrored = async (store: SqliteStore) =>
    await store.journal.mirror(
      'home/days.csv',
      (async function* () {
        yield [dated('2024-03-29'), dated('2026-03-29')];
      })(),
      () => [],
    );
  {
    await using store = await openSqliteStore({ folder: folder.path });
    await mirrored(store);
  }
  folder.direct((connection) => {
    const { body, seq } = connection.prepare('SELECT body, seq FROM dated_page ORDER BY seq LIMIT 1').get() as {
      body: Uint8Array;
      seq: number;
    };
    body[24] = (body[24] ?? 0) ^ 1;
    connection.prepare('UPDATE dated_page SET body = ? WHERE seq = ?').run(body, seq);
  });
  {
    await using store = await openSqliteStore({ folder: folder.path });
    await expect(store.journal.dated('home.door', '2024-03-29')).rejects.toMatchObject({ code: 'store.damaged' });
  }
  expect(await refusal(folder)).toContain('with what could be read: 1 readings');
  renameSync(folder.database, `${folder.database}.bad`);
  await using store = await openSqliteStore({ folder: folder.path });
  expect(await store.journal.dated('home.door', '2026-03-29')).toEqual([dated('2026-03-29')]);
  expect(await mirrored(store)).toEqual({ added: 1, withdrawn: 0, unchanged: 1 });
});

test('a file that is no database leaves nothing to begin with, and says so', async () => {
  using folder = new DataFolder();
  writeFileSync(folder.database, 'this is no database at all, but it is long enough to be taken for one'.repeat(20));
  expect(await refusal(folder)).toContain('nothing of it could be read, sources are read again');
  const [aside = ''] = folder.names('damaged-');
  expect(readdirSync(join(folder.path, aside)).toSorted()).toEqual(['dayfold.db', 'salvaged.txt']);
});

test('however often it is tried, what can be read is saved once; it is for the user alone', async () => {
  using folder = new DataFolder();
  await filled(folder);
  overwrite(folder, leaves(folder, 'ledger')[0] ?? 0);
  const before = folder.contents('dayfold.db');
  const first = await refusal(folder);
  const [aside = ''] = folder.names('damaged-');
  const salvaged = join(folder.path, aside, 'salvaged.db');
  const { mtimeMs, mode } = statSync(salvaged);
  expect(await refusal(folder)).toBe(first);
  expect(first).toContain(' 0 ledger entries, 1 logins; some are lost');
  expect(statSync(salvaged).mtimeMs).toBe(mtimeMs);
  expect(mode & 0o777).toBe(0o600);
  expect(folder.contents('dayfold.db')).toEqual(before);
  expect(readdirSync(join(folder.path, aside)).filter((name) => /work|part|empty/.test(name))).toEqual([]);
});

test('what was saved is taken up once: a folder emptied later begins anew', async () => {
  using folder = new DataFolder();
  await filled(folder);
  overwrite(folder, leaves(folder, 'ledger')[0] ?? 0);
  await refusal(folder);
  for (const expected of [READINGS, 0]) {
    renameSync(folder.database, `${folder.database}.bad`);
    await using store = await openSqliteStore({ folder: folder.path });
    expect(await store.journal.between('home.door', 0, READINGS)).toHaveLength(expected);
  }
});

async function filled(folder: DataFolder): Promise<void> {
  await using store = await openSqliteStore({ folder: folder.path });
  // With an id they are rows of their own.
  const readings = Array.from({ length: READINGS }, (_, at) => reading(at, { id: String(at) }));
  const now = Date.parse('2026-03-01');
  await store.journal.commit(readings, [{ source: 'home', key: 'cursor', value: READINGS }], () => []);
  const days = ATTRIBUTES.flatMap((attribute) =>
    DAYS.map((date) => ({ attribute, date: date as '2025-05-01', account: 'me', wanted: 7, readings: 1 })),
  );
  await store.attributeDays.settle(days, now);
  await store.outbox.confirm(
    'me',
    days.map((day) => ({ ...day, value: 7 })),
    now,
  );
  await store.attributeDays.setDefinitions(new Map([['steps', 'sum']]));
  await store.attributeDays.touch([{ attribute: 'steps', date: DAYS.at(-1) as '2025-05-01' }]);
  const owned = { account: 'me', state: 'owned', since: 1, reacquiredAt: undefined, reason: undefined } as const;
  await store.ledger.put(ATTRIBUTES.map((name) => ({ ...owned, attribute: name, name })));
  await store.tokens.put({
    account: 'me',
    accessToken: new Secret('a'),
    refreshToken: new Secret('r'),
    expiresAt: undefined,
    scopes: [],
    refreshIntentAt: undefined,
    dead: false,
    username: undefined,
    timezone: undefined,
    connectedAt: 1,
  });
}

/** Opens as after a stop that was not clean, when the database is looked through. */
async function refusal(folder: DataFolder): Promise<string> {
  writeFileSync(join(folder.path, 'open'), '');
  const opening = openSqliteStore({ folder: folder.path });
  await expect(opening).rejects.toMatchObject({ code: 'store.damaged' });
  return await opening.then(
    () => '',
    (error: unknown) => (error as Error).message,
  );
}

/** Pages that hold rows, in the order of their keys. */
function leaves(folder: DataFolder, name: string): readonly number[] {
  return folder.direct((connection) =>
    connection
      .prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path")
      .all(name)
      .map(({ pageno }) => Number(pageno)),
  );
}

function overwrite(folder: DataFolder, page: number): void {
  const descriptor = openSync(folder.database, 'r+');
  writeSync(descriptor, Buffer.alloc(4096, 0xff), 0, 4096, (page - 1) * 4096);
  closeSync(descriptor);
}
