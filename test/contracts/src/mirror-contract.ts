import type { AttributeDays, Journal, JournalReading, LocalDay } from '@dayfold/runtime';
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

    test('dated rows are found by their date, beside those of other tables, and counted by its UTC midnight', async () => {
      await using store = await open();
      const other = 'books/other.csv';
      await store.journal.mirror(
        TABLE,
        batches([dated('2026-03-29', 2), dated('2025-11-02', 7)], [dated('2026-03-29', 1)]),
        nothing,
      );
      await store.journal.mirror(other, batches([{ ...dated('2026-03-29', 3), table: other }]), nothing);
      const { journal } = store;
      await journal.commit([reading({ at: Date.parse('2026-03-31'), date: '2026-03-31', value: 4 })], [], nothing);
      expect((await journal.dated('home.door', '2026-03-29')).map(({ value, table }) => [value, table])).toEqual([
        [1, TABLE],
        [2, TABLE],
        [3, other],
      ]);
      expect(await journal.dated('home.door', '2025-11-02')).toEqual([
        { ...dated('2025-11-02', 7), receivedAt: expect.any(Number) as number },
      ]);
      expect((await journal.dated('home.door', '2025-11-03', '2026-04-01')).map(({ value }) => value)).toEqual([
        1, 2, 3, 4,
      ]);
      expect(await journal.dated('home.door', '2026-03-30')).toEqual([]);
      const counted = (first: LocalDay, last: LocalDay) =>
        journal.count('home.door', { first, last }, { from: 0, to: NOON * 2 });
      expect(await counted('2026-03-29', '2026-03-29')).toBe(3);
      expect(await counted('2026-03-30', '2026-03-30')).toBe(0);
      expect(await counted('0000-01-01', '9999-12-31')).toBe(5);
      expect(await journal.between('home.door', 0, NOON * 2)).toEqual([]);
      expect((await journal.presence('home.door')).dates).toEqual(['2025-11-02', '2026-03-29', '2026-03-31']);
      expect(await journal.nextDate('home.door', '2026-03-29', 'earlier')).toBe('2025-11-02');
      expect(await journal.nextDate('home.door', '2025-11-02', 'earlier')).toBeUndefined();
      expect(await journal.nextDate('home.door', '2025-11-02', 'later')).toBe('2026-03-29');
      expect(await journal.nextDate('home.door', '2026-03-29', 'later')).toBe('2026-03-31');
      expect(await journal.series('home')).toEqual(['home.door']);
    });

    test('numbers are told where a table says one of each date, and nothing else is said', async () => {
      await using store = await open();
      const { journal } = store;
      const rows = [dated('2025-11-02', 7), dated('2026-03-29', 1), dated('2026-03-31', -2.5)];
      const others = [dated('2026-04-01', 'open'), dated('2026-04-02', 5, { unit: 'km' }), dated('2026-04-03', true)];
      const twice = [dated('2026-04-04', 5), dated('2026-04-04', 6), dated('2026-04-05', 5, { id: 'a' })];
      await journal.mirror(TABLE, batches([...rows, ...others, ...twice]), nothing);
      const told = async (first: LocalDay, last: LocalDay) => {
        const around = { from: Date.parse(first) - DAY, to: Date.parse(last) + 2 * DAY };
        const numbers = await journal.numbers('home.door', { first, last }, around);
        return numbers && [...numbers];
      };
      expect(await told('2025-11-01', '2026-03-31')).toEqual([
        ['2025-11-02', 7],
        ['2026-03-29', 1],
        ['2026-03-31', -2.5],
      ]);
      expect(await told('2026-03-30', '2026-03-30')).toEqual([]);
      for (const day of ['01', '02', '03', '04', '05'] as const)
        expect(await told('2026-03-29', `2026-04-${day}`)).toBeUndefined();

      await journal.commit([reading({ at: Date.parse('2025-11-02') + HOUR })], [], nothing);
      expect([await told('2025-11-02', '2025-11-02'), await told('2026-03-29', '2026-03-31')]).toEqual([
        undefined,
        [
          ['2026-03-29', 1],
          ['2026-03-31', -2.5],
        ],
      ]);
      const span = { start: Date.parse('2026-03-01'), at: Date.parse('2026-05-01') };
      await journal.commit([reading(span)], [], nothing);
      expect(await told('2026-03-29', '2026-03-31')).toBeUndefined();
    });

    test('of dated rows only the days of those that came or went are touched', async () => {
      await using store = await open();
      const rows = [
        dated('2026-03-29', 1),
        dated('2026-03-29', 1),
        dated('2026-03-30', 'open'),
        dated('2026-03-31', 5, { unit: 'km' }),
        dated('2026-04-01', true),
        dated('2026-12-24', 6),
      ];
      await store.journal.mirror(TABLE, batches(rows), nothing);
      expect(await store.journal.mirror(TABLE, batches(rows.toReversed()), touches)).toEqual({
        added: 0,
        withdrawn: 0,
        unchanged: 6,
      });
      expect(await touchedDates(store.attributeDays)).toEqual([]);
      const changed = [
        dated('2026-03-29', 1),
        dated('2026-03-30', 'open'),
        dated('2026-03-31', 5, { unit: 'mi' }),
        dated('2026-04-01', 1),
        dated('2027-01-01', 8),
      ];
      expect(await store.journal.mirror(TABLE, batches(changed), touches)).toEqual({
        added: 3,
        withdrawn: 4,
        unchanged: 2,
      });
      expect(await touchedDates(store.attributeDays)).toEqual([
        '2026-03-29',
        '2026-03-31',
        '2026-04-01',
        '2026-12-24',
        '2027-01-01',
      ]);
      expect(
        (await store.journal.dated('home.door', '2026-03-29', '2027-01-01')).map(({ value, unit }) => [value, unit]),
      ).toEqual([
        [1, undefined],
        ['open', undefined],
        [5, 'mi'],
        [1, undefined],
        [8, undefined],
      ]);
      expect(await store.journal.mirror(TABLE, batches(), nothing)).toEqual({ added: 0, withdrawn: 5, unchanged: 0 });
      expect(await store.journal.series('home')).toEqual([]);
    });

    test('dated rows stay when others are pruned, and tell when the source was last heard', async () => {
      await using store = await open();
      await store.journal.mirror(TABLE, batches([dated('2026-03-29', 1)]), nothing);
      expect(await store.journal.prune(NOON * 2, new Set())).toBe(0);
      expect(await store.journal.dated('home.door', '2026-03-29')).toEqual([dated('2026-03-29', 1)]);
      expect(await store.journal.lastReceived('home')).toBe(Date.parse('2026-03-29'));
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

function dated(date: LocalDay, value: Value, changes: Partial<JournalReading> = {}): JournalReading {
  return reading({ at: Date.parse(date), date, value, table: TABLE, ...changes });
}

async function idsOf(journal: Journal): Promise<readonly (string | undefined)[]> {
  return (await journal.between('home.door', 0, NOON * 2)).map(({ id }) => id);
}

async function* interrupted(): AsyncGenerator<readonly JournalReading[]> {
  yield [row('b', NOON + DAY)];
  throw new Error('file went away');
}
