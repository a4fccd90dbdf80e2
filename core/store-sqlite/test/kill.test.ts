import { openSqliteStore } from '@dayfold/store-sqlite';
import { expect, test } from 'vitest';
import { DataFolder } from './data-folder.ts';
import { committingProcess } from './killed-process.ts';

test('kill -9 loses nothing that was acknowledged, and state moves exactly with the readings', async () => {
  using folder = new DataFolder();
  let next = 1;
  for (const count of [1, 40, 7]) {
    const child = await committingProcess(folder.path, next, count);
    const acknowledged = await child.kill();
    await using store = await openSqliteStore({ folder: folder.path });
    const stored = (await store.journal.between('home.door', 0, 1_000_000)).map(({ at }) => at);
    expect(stored.length).toBeGreaterThanOrEqual(acknowledged);
    expect(stored).toEqual(Array.from({ length: stored.length }, (_, index) => index + 1));
    expect(await store.keyValues.get('home', 'cursor')).toBe(stored.at(-1));
    expect(await store.attributeDays.touched(5)).toMatchObject([{ attribute: 'opens', date: '2026-03-29' }]);
    next = stored.length + 1;
  }
});

test('kill -9 between any two writes leaves an answer of Exist recorded whole or not at all', async () => {
  using folder = new DataFolder();
  {
    await using store = await openSqliteStore({ folder: folder.path });
    const day = { attribute: 'steps', date: '2026-03-29', account: 'me', wanted: 0, readings: 1 } as const;
    await store.attributeDays.settle([day], 0);
  }
  let next = 1;
  for (const count of [1, 30, 5]) {
    const recorded = await (await committingProcess(folder.path, next, count, 'recording-process.ts')).kill();
    await using store = await openSqliteStore({ folder: folder.path });
    const last = Number(await store.keyValues.get('dayfold', 'writing.me'));
    expect(last).toBeGreaterThanOrEqual(recorded);
    expect((await store.attributeDays.get('steps', '2026-03-29'))?.confirmed).toBe(last);
    expect((await store.outbox.sent('steps', '2026-03-29')).map(({ value }) => value)).toEqual(
      Array.from({ length: last }, (_, index) => index + 1),
    );
    expect((await store.requestLog.since('me', 0)).map(({ at }) => at)).toEqual(
      Array.from({ length: last }, (_, index) => index + 1),
    );
    next = last + 1;
  }
});

test('a second daemon is refused with the name of the first; once that is killed it gets the folder', async () => {
  using folder = new DataFolder();
  const child = await committingProcess(folder.path, 1, 1);
  const refused = openSqliteStore({ folder: folder.path });
  await expect(refused).rejects.toMatchObject({ code: 'store.locked' });
  await expect(refused).rejects.toThrow(new RegExp(`in use by process ${child.pid} .*stop that dayfold`));
  await child.kill();
  await using store = await openSqliteStore({ folder: folder.path });
  expect(await store.journal.firstFrom('home.door', 0)).toMatchObject({ at: 1 });
});

test('commands that only read see what a running daemon has committed', async () => {
  using folder = new DataFolder();
  const child = await committingProcess(folder.path, 1, 5);
  {
    await using reader = await openSqliteStore({ folder: folder.path, readOnly: true });
    expect((await reader.journal.between('home.door', 1, 6)).map(({ at }) => at)).toEqual([1, 2, 3, 4, 5]);
  }
  await child.kill();
});
