import type { AttributeDays, FoldedDay, Outbox } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';
import { touchedDates } from './sample-readings.ts';

type Opened = AsyncDisposable & { readonly attributeDays: AttributeDays; readonly outbox: Outbox };

const KEY = { attribute: 'steps', date: '2026-03-29' } as const;
const FOLDED: FoldedDay = { ...KEY, account: 'me', wanted: 900, readings: 3 };

export function attributeDaysContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name} keeps the AttributeDays contract`, () => {
    test('a folded value is kept with its type, its readings and the time it changed', async () => {
      await using store = await open();
      await store.attributeDays.settle([FOLDED, { ...FOLDED, attribute: 'mood_note', wanted: '900' }], 77);
      expect(await store.attributeDays.get('steps', '2026-03-29')).toEqual({
        ...FOLDED,
        confirmed: undefined,
        reason: undefined,
        refused: false,
        sealed: false,
        changedAt: 77,
      });
      expect((await store.attributeDays.get('mood_note', '2026-03-29'))?.wanted).toBe('900');
      expect(await store.attributeDays.get('steps', '2026-03-30')).toBeUndefined();
    });

    test('an equal value leaves the time of change, another one moves it', async () => {
      await using store = await open();
      await store.attributeDays.settle([FOLDED], 1);
      await store.attributeDays.settle([{ ...FOLDED, readings: 4 }], 2);
      expect(await store.attributeDays.get('steps', '2026-03-29')).toMatchObject({ readings: 4, changedAt: 1 });
      await store.attributeDays.settle([{ ...FOLDED, wanted: 901 }], 3);
      expect(await store.attributeDays.get('steps', '2026-03-29')).toMatchObject({ wanted: 901, changedAt: 3 });
    });

    test('a withdrawn value is wanted no more while the confirmed one stays known', async () => {
      await using store = await open();
      await store.attributeDays.settle([FOLDED], 1);
      await store.outbox.confirm('me', [{ ...KEY, value: 900 }], 2);
      await store.attributeDays.settle([{ ...FOLDED, wanted: undefined, readings: 0, reason: 'too large' }], 3);
      expect(await store.attributeDays.get('steps', '2026-03-29')).toMatchObject({
        confirmed: 900,
        reason: 'too large',
        changedAt: 3,
      });
      expect((await store.attributeDays.get('steps', '2026-03-29'))?.wanted).toBeUndefined();
    });

    test('a sealed day keeps its value', async () => {
      await using store = await open();
      await store.attributeDays.settle([FOLDED, { ...FOLDED, date: '2026-03-30' }], 1);
      await store.attributeDays.seal('2026-03-30');
      await store.attributeDays.settle(
        [
          { ...FOLDED, wanted: 1 },
          { ...FOLDED, date: '2026-03-30', wanted: 1 },
        ],
        2,
      );
      expect(await store.attributeDays.get('steps', '2026-03-29')).toMatchObject({ wanted: 900, sealed: true });
      expect(await store.attributeDays.get('steps', '2026-03-30')).toMatchObject({ wanted: 1, sealed: false });
    });

    test('what one account confirmed or refused says nothing of another', async () => {
      await using store = await open();
      await store.attributeDays.settle([FOLDED, { ...FOLDED, date: '2026-03-30' }], 1);
      await store.outbox.confirm('me', [{ ...KEY, value: 900 }], 2);
      await store.outbox.refuse('me', { ...KEY, date: '2026-03-30', value: 900 }, 'too many', 2);
      await store.attributeDays.settle(
        [
          { ...FOLDED, account: 'partner' },
          { ...FOLDED, date: '2026-03-30', account: 'partner' },
        ],
        3,
      );
      expect(await store.outbox.due('me')).toEqual([]);
      expect((await store.outbox.due('partner')).map(({ date, confirmed }) => [date, confirmed])).toEqual([
        ['2026-03-29', undefined],
        ['2026-03-30', undefined],
      ]);
    });

    test('a settled day is touched no more, unless it was touched again since it was read', async () => {
      await using store = await open();
      await store.attributeDays.touch([KEY, { ...KEY, date: '2026-03-30' }]);
      await store.attributeDays.touch([KEY]);
      const read = await store.attributeDays.touched(10);
      expect(read).toHaveLength(2);
      await store.attributeDays.touch([{ ...KEY, date: '2026-03-30' }]);
      await store.attributeDays.settle(
        read.map((key) => ({ ...FOLDED, ...key })),
        1,
      );
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-30']);
      await store.attributeDays.touch([KEY]);
      expect(await touchedDates(store.attributeDays)).toEqual(['2026-03-29', '2026-03-30']);
    });

    test('a day touched again before it was settled is due once, and settled with all that touched it', async () => {
      await using store = await open();
      const settled = async (): Promise<readonly string[]> => {
        const read = await store.attributeDays.touched(10);
        await store.attributeDays.settle(
          read.map((key) => ({ ...FOLDED, ...key })),
          1,
        );
        return read.map(({ date }) => date).toSorted();
      };
      await store.attributeDays.touch([KEY, { ...KEY, date: '2026-03-31' }]);
      expect(await store.attributeDays.touched(10)).toHaveLength(2);
      await store.attributeDays.touch([KEY, { ...KEY, date: '2026-03-01' }, { ...KEY, date: '2026-04-01' }]);
      expect(await settled()).toEqual(['2026-03-01', '2026-03-29', '2026-03-31', '2026-04-01']);
      expect(await settled()).toEqual([]);
    });

    test('as many touched days are read as were asked for', async () => {
      await using store = await open();
      await store.attributeDays.touch([KEY, { ...KEY, date: '2026-03-30' }, { ...KEY, date: '2026-03-31' }]);
      expect(await store.attributeDays.touched(2)).toHaveLength(2);
    });

    test('however many days are touched, each is due once, in the order in which they were touched first', async () => {
      await using store = await open();
      const days = Array.from({ length: 12_000 }, (_, index) => ({ ...KEY, attribute: `a${index}` }));
      await store.attributeDays.touch(days);
      const due = await store.attributeDays.touched(20_000);
      expect(due.map(({ attribute }) => attribute)).toEqual(days.map(({ attribute }) => attribute));
    });

    test('days are counted', async () => {
      await using store = await open();
      expect(await store.attributeDays.count()).toBe(0);
      await store.attributeDays.settle([FOLDED, { ...FOLDED, attribute: 'mood' }, FOLDED], 1);
      expect(await store.attributeDays.count()).toBe(2);
    });

    test('days are listed by attribute and date within inclusive bounds', async () => {
      await using store = await open();
      const days = (['2026-03-31', '2026-03-29', '2026-03-30'] as const).flatMap((date) => [
        { ...FOLDED, date },
        { ...FOLDED, attribute: 'mood', date },
      ]);
      await store.attributeDays.settle(days, 1);
      const keys = async (filter: Parameters<AttributeDays['list']>[0]) =>
        (await store.attributeDays.list(filter)).map(({ attribute, date }) => `${attribute} ${date.slice(-2)}`);
      expect(await keys({})).toEqual(['mood 29', 'mood 30', 'mood 31', 'steps 29', 'steps 30', 'steps 31']);
      expect(await keys({ attribute: 'steps', from: '2026-03-30' })).toEqual(['steps 30', 'steps 31']);
      expect(await keys({ from: '2026-03-30', to: '2026-03-30' })).toEqual(['mood 30', 'steps 30']);
    });

    test('definitions of attributes are remembered, the newest of each', async () => {
      await using store = await open();
      expect(await store.attributeDays.definition('steps')).toBeUndefined();
      const entries = [
        ['steps', 'one'],
        ['mood', 'three'],
      ] as const;
      await store.attributeDays.setDefinitions(new Map(entries));
      await store.attributeDays.setDefinitions(new Map([['steps', 'two']]));
      expect(await store.attributeDays.definition('mood')).toBe('three');
      expect(await store.attributeDays.definition('steps')).toBe('two');
    });
  });
}
