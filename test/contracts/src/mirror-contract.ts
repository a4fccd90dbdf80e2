import type { AttributeDays, Journal, JournalReading } from '@dayfold/runtime';
import type { Value } from '@dayfold/sdk';
import { describe, expect, test } from 'vitest';
import { batches, HOUR, NOON, nothing, reading, touchedDates, touches } from './sample-readings.ts';

type Opened = AsyncDisposable & { readonly journal: Journal; readonly attributeDays: AttributeDays };

const DAY = 24 * HOUR;
const TABLE = 'books/pages.csv';

export function mirrorContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name} mirrors tables as the Journal contract says`, () => {
    test('new rows are added, missing ones withdrawn, unchanged ones neither written nor touched', async () => {
      await using store = await open();
      const first = await store.journal.mirror(
        TABLE,
        batches([row('a', NOON)], [row('b', NOON + DAY), row('c', NOON + 2 * DAY)]),
        nothing,
      );
      expect(first).toEqual({ added: 3, withdrawn: 0, unchanged: 0 });
      const second = await store.journal.mirror(
        TABLE,
        batches([row('d', NOON + 3 * DAY)], [row('a', NOON), row('c', NOON + 2 * DAY)]),
        touches,
      );
      expect(second).toEqual({ added: 1, withdrawn: 1, unchanged: 2 });
      expect(await idsOf(store.journal)).toEqual(['a', 'c', 'd']);
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-30', '2026-04-01']);
    });

    test('a row that changed touches its day before and its day now', async () => {
      await using store = await open();
      await store.journal.mirror(TABLE, batches([row('a', NOON)]), nothing);
      await store.journal.mirror(TABLE, batches([row('a', NOON + DAY)]), touches);
      expect(await idsOf(store.journal)).toEqual(['a']);
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-29', '2026-03-30']);
    });

    test('no rows withdraw all of the table and nothing else', async () => {
      await using store = await open();
      await store.journal.commit([reading({ at: NOON + 1, id: 'live' })], [], nothing);
      await store.journal.mirror(
        'books/other.csv',
        batches([{ ...row('o', NOON + 2), table: 'books/other.csv' }]),
        nothing,
      );
      await store.journal.mirror(TABLE, batches([row('a', NOON)]), nothing);
      expect(await store.journal.mirror(TABLE, batches(), touches)).toEqual({ added: 0, withdrawn: 1, unchanged: 0 });
      expect(await idsOf(store.journal)).toEqual(['live', 'o']);
    });

    test('rows that end in an error leave everything as it was', async () => {
      await using store = await open();
      await store.journal.mirror(TABLE, batches([row('a', NOON)]), nothing);
      await expect(store.journal.mirror(TABLE, interrupted(), touches)).rejects.toThrow('file went away');
      expect(await idsOf(store.journal)).toEqual(['a']);
      expect(await touchedDates(store.attributeDays)).toEqual([]);
      expect(await store.journal.mirror(TABLE, batches([row('a', NOON)]), touches)).toEqual({
        added: 0,
        withdrawn: 0,
        unchanged: 1,
      });
    });

    test('more rows than fit a portion are all there and all gone', async () => {
      await using store = await open();
      const rows = Array.from({ length: 2500 }, (_, index) => row(`r${index}`, NOON + index));
      expect((await store.journal.mirror(TABLE, batches(rows.slice(0, 1200), rows.slice(1200)), touches)).added).toBe(
        2500,
      );
      expect(await store.journal.between('home.door', NOON, NOON + 2500)).toHaveLength(2500);
      expect(await store.journal.mirror(TABLE, batches(rows.slice(0, 1)), touches)).toEqual({
        added: 0,
        withdrawn: 2499,
        unchanged: 1,
      });
      expect(await idsOf(store.journal)).toEqual(['r0']);
    });

    test('rows without an id are told apart by content, and of equal ones as many are stored as come', async () => {
      await using store = await open();
      const plain = (value: Value, at = NOON): JournalReading => reading({ at, value, table: TABLE });
      const values = async () => (await store.journal.between('home.door', 0, NOON * 2)).map(({ value }) => value);
      const first = [plain(2), plain(1), plain('a😀'), plain(2), plain(true), plain('a￰'), plain(2, NOON + DAY)];
      await store.journal.mirror(TABLE, batches(first.slice(0, 3), first.slice(3)), nothing);
      expect(await values()).toHaveLength(7);
      expect(await store.journal.mirror(TABLE, batches(first.toReversed()), touches)).toEqual({
        added: 0,
        withdrawn: 0,
        unchanged: 7,
      });
      expect(await touchedDates(store.attributeDays)).toEqual([]);
      const second = [plain(2), plain(2), plain(2), plain(1), plain('a￰'), plain(2.5)];
      expect(await store.journal.mirror(TABLE, batches(second), touches)).toEqual({
        added: 2,
        withdrawn: 3,
        unchanged: 4,
      });
      expect(await values()).toEqual([1, 2, 2, 2, 2.5, 'a￰']);
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-29', '2026-03-30']);
    });

    test('of rows with one id the last counts, and takes the place of what came under it from elsewhere', async () => {
      await using store = await open();
      await store.journal.commit([reading({ at: NOON + DAY, id: 'a' })], [], nothing);
      const rows = [row('a', NOON), row('b', NOON), row('a', NOON + 2 * DAY)];
      expect(await store.journal.mirror(TABLE, batches(rows), touches)).toMatchObject({ added: 2, withdrawn: 0 });
      expect(await idsOf(store.journal)).toEqual(['b', 'a']);
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-29', '2026-03-30', '2026-03-31']);
      expect(await store.journal.lastReceived('home')).toBe(NOON + 2 * DAY);
    });

    test('two passes at once over one table end as the later one says', async () => {
      await using store = await open();
      await Promise.all([
        store.journal.mirror(TABLE, batches([row('a', NOON)], [row('b', NOON)]), nothing),
        store.journal.mirror(TABLE, batches([row('c', NOON)], [row('d', NOON)]), nothing),
      ]);
      expect(await idsOf(store.journal)).toEqual(['c', 'd']);
    });
  });
}

function row(id: string, at: number): JournalReading {
  return reading({ id, at, table: TABLE });
}

async function idsOf(journal: Journal): Promise<readonly (string | undefined)[]> {
  return (await journal.between('home.door', 0, NOON * 2)).map(({ id }) => id);
}

async function* interrupted(): AsyncGenerator<readonly JournalReading[]> {
  yield [row('b', NOON + DAY)];
  throw new Error('file went away');
}
