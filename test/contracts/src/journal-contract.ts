import { readingKey } from '@dayfold/runtime';
import type { AttributeDays, Journal, JournalReading, KeyValues, LocalDay } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';
import { HOUR, NOON, nothing, reading, touchedDates, touches } from './sample-readings.ts';

type Opened = AsyncDisposable & {
  readonly journal: Journal;
  readonly attributeDays: AttributeDays;
  readonly keyValues: KeyValues;
};

/** At which nothing is dated. */
const NO_DATE = { first: '2020-01-01', last: '2020-01-01' } as const;

export function journalContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name} keeps the Journal contract`, () => {
    test('numbers, strings and booleans come back as they were, with everything said about them', async () => {
      await using store = await open();
      const readings: JournalReading[] = [
        reading({ at: NOON, value: 0.1 + 0.2, unit: 'kWh', retained: true }),
        reading({ at: NOON + 1, value: '3', id: 'seven' }),
        reading({ at: NOON + 2, value: true, arrival: true }),
        reading({ at: NOON + 3, value: false, start: NOON - HOUR, receivedAt: NOON + HOUR }),
        reading({ at: NOON + 4, value: -40 }),
        reading({ at: NOON + 5, value: 'Zürich 🚪 "quoted"' }),
        reading({ at: NOON + 6, value: 9_007_199_254_740_991 }),
      ];
      await store.journal.commit(readings, [], nothing);
      expect(await store.journal.between('home.door', NOON, NOON + 10)).toStrictEqual(readings);
    });

    test('readings come in the order of time, start, value and id, whatever the order of arrival', async () => {
      await using store = await open();
      const ordered = [
        reading({ at: NOON, value: 5 }),
        reading({ at: NOON, value: false, start: NOON - 2 }),
        reading({ at: NOON, value: 7, start: NOON - 2 }),
        reading({ at: NOON, value: 'a', start: NOON - 2 }),
        reading({ at: NOON, value: 'b', start: NOON - 1, id: 'x' }),
        reading({ at: NOON, value: 'b', start: NOON - 1, id: 'y' }),
        reading({ at: NOON + 1, value: 0 }),
      ];
      for (const each of [3, 0, 6, 5, 1, 4, 2].map((index) => ordered[index] ?? reading()))
        await store.journal.commit([each], [], nothing);
      expect(await store.journal.between('home.door', NOON, NOON + 2)).toEqual(ordered);
      expect(await store.journal.latestBefore('home.door', NOON + 2, 10)).toEqual(ordered.toReversed());
    });

    test('bounds take the first instant and leave the last', async () => {
      await using store = await open();
      await store.journal.commit(
        [reading({ at: NOON - 1 }), reading({ at: NOON }), reading({ at: NOON + 9 }), reading({ at: NOON + 10 })],
        [],
        nothing,
      );
      expect((await store.journal.between('home.door', NOON, NOON + 10)).map(({ at }) => at)).toEqual([NOON, NOON + 9]);
      expect((await store.journal.latestBefore('home.door', NOON, 1)).map(({ at }) => at)).toEqual([NOON - 1]);
      expect((await store.journal.firstFrom('home.door', NOON + 1))?.at).toBe(NOON + 9);
      expect(await store.journal.firstFrom('home.door', NOON + 11)).toBeUndefined();
    });

    test('dated readings are found by their date and by nothing else', async () => {
      await using store = await open();
      const dated = reading({ at: Date.parse('2026-03-29T00:00:00Z'), date: '2026-03-29', value: 12 });
      await store.journal.commit([dated], [], nothing);
      expect(await store.journal.dated('home.door', '2026-03-29')).toEqual([dated]);
      expect(await store.journal.dated('home.door', '2026-03-30')).toEqual([]);
      expect(await store.journal.between('home.door', 0, NOON * 2)).toEqual([]);
      expect(await store.journal.latestBefore('home.door', NOON * 2, 5)).toEqual([]);
      expect(await store.journal.firstFrom('home.door', 0)).toBeUndefined();
      expect(await store.journal.presence('home.door')).toEqual({ hours: [], dates: ['2026-03-29'] });
    });

    test('the nearest date before and after is told, whether or not the date itself has readings', async () => {
      await using store = await open();
      const on = (date: LocalDay): JournalReading => reading({ at: Date.parse(`${date}T00:00:00Z`), date });
      await store.journal.commit(
        [on('2026-03-01'), on('2026-03-29'), on('2026-03-29'), on('2026-04-02'), reading({ at: NOON })],
        [],
        nothing,
      );
      const dates = async (from: LocalDay) => [
        await store.journal.nextDate('home.door', from, 'earlier'),
        await store.journal.nextDate('home.door', from, 'later'),
      ];
      expect(await dates('2026-03-29')).toEqual(['2026-03-01', '2026-04-02']);
      expect(await dates('2026-03-15')).toEqual(['2026-03-01', '2026-03-29']);
      expect(await dates('2026-03-01')).toEqual([undefined, '2026-03-29']);
      expect(await dates('2026-04-03')).toEqual(['2026-04-02', undefined]);
      expect(await store.journal.nextDate('home.unknown', '2026-03-29', 'later')).toBeUndefined();
    });

    test('dated readings of several dates come at once, in order, and are counted beside the times', async () => {
      await using store = await open();
      const of = (date: LocalDay) => reading({ at: Date.parse(date), date, value: Number(date.slice(-2)) });
      const all = (['2026-04-02', '2026-03-28', '2026-03-30', '2026-03-29'] as const).map(of);
      await store.journal.commit(all, [], nothing);
      expect((await store.journal.dated('home.door', '2026-03-29', '2026-04-02')).map(({ value }) => value)).toEqual([
        29, 30, 2,
      ]);
      await store.journal.commit([reading({ at: NOON })], [], nothing);
      const dates = { first: '2026-03-29', last: '2026-03-30' } as const;
      expect(await store.journal.count('home.door', dates, { from: 0, to: 1 })).toBeGreaterThanOrEqual(2);
      expect(await store.journal.count('home.door', dates, { from: NOON, to: NOON + HOUR })).toBe(3);
    });

    test('a count is never below what is there, and near it', async () => {
      await using store = await open();
      const all = Array.from({ length: 40 }, (_, index) => reading({ at: NOON + index * 60_000 }));
      await store.journal.commit([...all, reading({ at: NOON + 5, id: 'a' })], [], nothing);
      const counts = async () => [
        await store.journal.count('home.door', NO_DATE, { from: NOON, to: NOON + HOUR }),
        await store.journal.count('home.unknown', NO_DATE, { from: 0, to: NOON * 2 }),
      ];
      expect(await counts()).toEqual([41, 0]);
      expect(await store.journal.count('home.door', NO_DATE, { from: NOON, to: NOON + 60_000 })).toBeGreaterThanOrEqual(
        2,
      );
      // Sorted by their time.
      await store.journal.prune(0, new Set());
      expect(await counts()).toEqual([41, 0]);
      expect(await store.journal.count('home.door', NO_DATE, { from: NOON + 3 * HOUR, to: NOON + 4 * HOUR })).toBe(0);
    });

    test('spans are found where they overlap, not where they only meet', async () => {
      await using store = await open();
      const span = reading({ start: NOON, at: NOON + HOUR });
      await store.journal.commit([span, reading({ at: NOON + 5 })], [], nothing);
      expect(await store.journal.overlapping('home.door', NOON - HOUR, NOON + 1)).toEqual([span]);
      expect(await store.journal.overlapping('home.door', NOON - HOUR, NOON)).toEqual([]);
      expect(await store.journal.overlapping('home.door', NOON + HOUR, NOON + 2 * HOUR)).toEqual([]);
    });

    test('presence names each hour once', async () => {
      await using store = await open();
      await store.journal.commit(
        [reading({ at: NOON + 5 }), reading({ at: NOON + 6 }), reading({ at: NOON + HOUR })],
        [],
        nothing,
      );
      expect(await store.journal.presence('home.door')).toEqual({ hours: [NOON, NOON + HOUR], dates: [] });
    });

    test('equal readings without an id are two, and series are apart', async () => {
      await using store = await open();
      await store.journal.commit([reading(), reading(), reading({ series: 'home.door2' })], [], nothing);
      expect(await store.journal.between('home.door', NOON, NOON + 1)).toHaveLength(2);
      expect(await store.journal.between('home.unknown', NOON, NOON + 1)).toEqual([]);
    });

    test('a reading with a known id replaces the earlier one and touches the old day too', async () => {
      await using store = await open();
      await store.journal.commit([reading({ id: 'a' })], [], touches);
      await store.attributeDays.settle(
        (await store.attributeDays.touched(9)).map((key) => ({ ...key, account: 'me', wanted: 1, readings: 1 })),
        NOON,
      );
      const moved = reading({ id: 'a', at: NOON + 24 * HOUR, value: 2 });
      await store.journal.commit([moved, reading({ series: 'home.other', id: 'a' })], [], nothing);
      expect(await store.journal.between('home.door', 0, NOON * 2)).toEqual([moved]);
      await store.journal.commit([{ ...moved, at: NOON }], [], touches);
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-29', '2026-03-30']);
    });

    test('the same reading with the same id again changes and touches nothing', async () => {
      await using store = await open();
      await store.journal.commit([reading({ id: 'a' })], [], nothing);
      await store.journal.commit([reading({ id: 'a', receivedAt: NOON + 5 })], [], touches);
      expect(await touchedDates(store.attributeDays)).toEqual([]);
      expect(await store.journal.between('home.door', NOON, NOON + 1)).toHaveLength(1);
    });

    test('state of the source is set together with the readings', async () => {
      await using store = await open();
      await store.journal.commit([reading()], [{ source: 'home', key: 'cursor', value: { line: 7 } }], nothing);
      expect(await store.keyValues.get('home', 'cursor')).toEqual({ line: 7 });
    });

    test('a commit that fails stores nothing of it, and the next one works', async () => {
      await using store = await open();
      const failing = store.journal.commit(
        [reading(), reading({ at: NOON + 1 })],
        [{ source: 'home', key: 'cursor', value: 1 }],
        ({ at }) => {
          if (at > NOON) throw new Error('no calendar');
          return [{ attribute: 'opens', date: '2026-03-29' }];
        },
      );
      await expect(failing).rejects.toThrow('no calendar');
      expect(await store.journal.between('home.door', 0, NOON * 2)).toEqual([]);
      expect(await store.keyValues.get('home', 'cursor')).toBeUndefined();
      // Not asked for what is touched in between: the mark that was undone must be set again all the same.
      await store.journal.commit([reading()], [], touches);
      expect(await store.journal.between('home.door', 0, NOON * 2)).toEqual([reading()]);
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-29']);
    });

    test('a commit that fails touches nothing', async () => {
      await using store = await open();
      const failing = store.journal.commit([reading(), reading({ at: NOON + HOUR })], [], ({ at }) => {
        if (at > NOON) throw new Error('no calendar');
        return [{ attribute: 'opens', date: '2026-03-29' }];
      });
      await expect(failing).rejects.toThrow('no calendar');
      expect(await touchedDates(store.attributeDays)).toEqual([]);
    });

    test('receipts and arrivals are told by source, the latest first', async () => {
      await using store = await open();
      expect(await store.journal.lastReceived()).toBeUndefined();
      await store.journal.commit(
        [reading({ receipt: 1, receivedAt: 50 }), reading({ series: 'home.lamp', receipt: 2, receivedAt: 40 })],
        [],
        nothing,
      );
      await store.journal.commit(
        [reading({ series: 'garden.rain', receipt: 3, receivedAt: 60 }), reading()],
        [],
        nothing,
      );
      expect(await store.journal.receipts('home', 5)).toEqual([2, 1]);
      expect(await store.journal.receipts('home', 1)).toEqual([2]);
      expect(await store.journal.latestBefore('home.lamp', NOON + 1, 1)).toStrictEqual([
        reading({ series: 'home.lamp', receivedAt: 40 }),
      ]);
      expect(await store.journal.lastReceived('garden')).toBe(60);
      expect(await store.journal.lastReceived('home')).toBe(NOON);
      expect(await store.journal.lastReceived()).toBe(NOON);
      expect(await store.journal.lastReceived('homes')).toBeUndefined();
    });

    test('the series of a source are those that have readings', async () => {
      await using store = await open();
      expect(await store.journal.series('home')).toEqual([]);
      const old = reading({ series: 'home.old', at: 1000 });
      await store.journal.commit(
        [reading(), reading({ at: NOON + 1 }), reading({ series: 'home.lamp.a' }), reading({ series: 'homes.x' }), old],
        [],
        nothing,
      );
      expect((await store.journal.series('home')).toSorted()).toEqual(['home.door', 'home.lamp.a', 'home.old']);
      await store.journal.prune(NOON, new Set());
      expect((await store.journal.series('home')).toSorted()).toEqual(['home.door', 'home.lamp.a']);
      expect(await store.journal.series('garden')).toEqual([]);
    });

    test('a series of readings with an id or a date alone is one that has readings', async () => {
      await using store = await open();
      await store.journal.commit(
        [reading({ id: 'a' }), reading({ series: 'home.pages', date: '2026-03-29' })],
        [],
        nothing,
      );
      expect((await store.journal.series('home')).toSorted()).toEqual(['home.door', 'home.pages']);
    });

    test('the oldest reading is told to the hour, rows of tables left out', async () => {
      await using store = await open();
      expect(await store.journal.oldest()).toBeUndefined();
      await store.journal.commit([reading({ at: 1000, id: 'r', table: 'home/table' })], [], nothing);
      expect(await store.journal.oldest()).toBeUndefined();
      await store.journal.commit(
        [reading({ at: NOON + 5 }), reading({ series: 'home.lamp', at: NOON + HOUR })],
        [],
        nothing,
      );
      expect(await store.journal.oldest()).toBe(NOON);
      await store.journal.commit([reading({ at: NOON - 3 * HOUR + 7, id: 'late' })], [], nothing);
      expect(await store.journal.oldest()).toBe(NOON - 3 * HOUR);
      await store.journal.prune(NOON, new Set());
      expect(await store.journal.oldest()).toBe(NOON);
    });

    test('the size grows with what is stored and falls with what is pruned', async () => {
      await using store = await open();
      const empty = await store.journal.size();
      const many = Array.from({ length: 20_000 }, (_, index) => {
        const at = 1000 + index * 60_000;
        return reading({ at, receivedAt: at, value: index / 7 });
      });
      await store.journal.commit(many, [], nothing);
      // Some are kept more tightly until they are sorted.
      await store.journal.prune(0, new Set());
      const full = await store.journal.size();
      expect(full).toBeGreaterThan(empty + 50_000);
      await store.journal.prune(1000 + 15_000 * 60_000, new Set());
      expect(await store.journal.size()).toBeLessThan(empty + (full - empty) / 2);
    });

    test('pruning takes what is old by time and by arrival and keeps excepted readings and tables', async () => {
      await using store = await open();
      const old = reading({ at: 1000, receivedAt: 1000 });
      const base = reading({ at: 2000, receivedAt: 2000 });
      const late = reading({ at: 3000, receivedAt: NOON });
      const recent = reading({ at: NOON });
      const row = reading({ at: 4000, receivedAt: 4000, id: 'r', table: 'home/table' });
      await store.journal.commit([old, base, late, recent, row], [], nothing);
      expect(await store.journal.prune(NOON, new Set([readingKey(base)]))).toBe(1);
      expect(await store.journal.between('home.door', 0, NOON * 2)).toEqual([base, late, row, recent]);
    });
  });
}
