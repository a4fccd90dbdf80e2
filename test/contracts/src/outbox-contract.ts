import type { AttributeDays, Outbox, WireValue } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';

type Opened = AsyncDisposable & { readonly attributeDays: AttributeDays; readonly outbox: Outbox };

const KEY = { attribute: 'steps', date: '2026-03-29' } as const;

export function outboxContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name} keeps the Outbox contract`, () => {
    test('what is wanted and not confirmed is due, oldest day first, then by attribute', async () => {
      await using store = await open();
      const day = { account: 'me', wanted: 5, readings: 1 };
      await store.attributeDays.settle(
        [
          { ...day, attribute: 'steps', date: '2026-03-30' },
          { ...day, attribute: 'steps', date: '2026-03-29' },
          { ...day, attribute: 'mood', date: '2026-03-30' },
          { ...day, attribute: 'weight', date: '2026-03-28', account: 'partner' },
          { ...day, attribute: 'energy', date: '2026-03-28', wanted: undefined, reason: 'no number' },
        ],
        7,
      );
      expect(await store.outbox.due('me')).toEqual([
        { attribute: 'steps', date: '2026-03-29', value: 5, confirmed: undefined, changedAt: 7 },
        { attribute: 'mood', date: '2026-03-30', value: 5, confirmed: undefined, changedAt: 7 },
        { attribute: 'steps', date: '2026-03-30', value: 5, confirmed: undefined, changedAt: 7 },
      ]);
    });

    test('a confirmed value is not due; wanted anew while it was being sent it stays due', async () => {
      await using store = await open();
      await want(store, 900);
      await store.outbox.confirm('me', [{ ...KEY, value: 900 }], 2);
      expect(await store.outbox.due('me')).toEqual([]);
      await want(store, 1000);
      await want(store, 4200);
      await store.outbox.confirm('me', [{ ...KEY, value: 1000 }], 3);
      expect(await store.outbox.due('me')).toMatchObject([{ value: 4200, confirmed: 1000 }]);
      await want(store, 1000);
      expect(await store.outbox.due('me')).toEqual([]);
    });

    test('zero, the text of a number and the number itself are different values', async () => {
      await using store = await open();
      await want(store, 0);
      expect(await store.outbox.due('me')).toMatchObject([{ value: 0 }]);
      await want(store, '5');
      await store.outbox.confirm('me', [{ ...KEY, value: 5 }], 2);
      expect(await store.outbox.due('me')).toMatchObject([{ value: '5', confirmed: 5 }]);
    });

    test('a refused value is not due until another is wanted', async () => {
      await using store = await open();
      await want(store, 900);
      await store.outbox.refuse('me', { ...KEY, value: 900 }, 'out of range', 2);
      await want(store, 900);
      expect(await store.outbox.due('me')).toEqual([]);
      expect(await store.attributeDays.get('steps', '2026-03-29')).toMatchObject({
        refused: true,
        reason: 'out of range',
      });
      await want(store, 901);
      expect(await store.outbox.due('me')).toMatchObject([{ value: 901 }]);
      expect((await store.attributeDays.get('steps', '2026-03-29'))?.reason).toBeUndefined();
    });

    test('a refusal of a value that is wanted no more refuses nothing', async () => {
      await using store = await open();
      await want(store, 901);
      await store.outbox.refuse('me', { ...KEY, value: 900 }, 'out of range', 2);
      expect(await store.outbox.due('me')).toMatchObject([{ value: 901 }]);
    });

    test('refused values are due again once reopened, of one attribute or of all', async () => {
      await using store = await open();
      await want(store, 1);
      await store.attributeDays.settle(
        [{ attribute: 'mood', date: '2026-03-29', account: 'me', wanted: 2, readings: 1 }],
        1,
      );
      await store.outbox.refuse('me', { ...KEY, value: 1 }, 'unauthorised', 2);
      await store.outbox.refuse('me', { attribute: 'mood', date: '2026-03-29', value: 2 }, 'unauthorised', 2);
      await store.outbox.reopen('partner');
      expect(await store.outbox.due('me')).toEqual([]);
      await store.outbox.reopen('me', 'mood');
      expect((await store.outbox.due('me')).map(({ attribute }) => attribute)).toEqual(['mood']);
      await store.outbox.reopen('me');
      expect((await store.outbox.due('me')).map(({ attribute }) => attribute)).toEqual(['mood', 'steps']);
    });

    test('what was sent is told in the order it was sent', async () => {
      await using store = await open();
      const first = { ...KEY, value: 1, at: 10, outcome: 'unclear' };
      const second = { ...KEY, value: '1', at: 20, outcome: 'confirmed' };
      await store.outbox.log('me', [first, { ...first, attribute: 'mood' }]);
      await store.outbox.log('me', [second]);
      expect(await store.outbox.sent('steps', '2026-03-29')).toEqual([first, second]);
    });

    test('what was sent long ago is forgotten, the last of each attribute-day never', async () => {
      await using store = await open();
      const sent = (at: number, attribute = 'steps') => ({ ...KEY, attribute, value: at, at, outcome: 'confirmed' });
      await store.outbox.log('me', [sent(10), sent(20), sent(15, 'mood')]);
      await store.outbox.log('me', [sent(30), sent(40)]);
      expect(await store.outbox.pruneSent(30)).toBe(2);
      expect(await store.outbox.sent('steps', '2026-03-29')).toEqual([sent(30), sent(40)]);
      expect(await store.outbox.sent('mood', '2026-03-29')).toEqual([sent(15, 'mood')]);
      expect(await store.outbox.pruneSent(1000)).toBe(1);
      expect(await store.outbox.sent('steps', '2026-03-29')).toEqual([sent(40)]);
      expect(await store.outbox.pruneSent(1000)).toBe(0);
    });

    test('an increment is kept until its outcome is known, and its total is then confirmed', async () => {
      await using store = await open();
      await want(store, 12);
      const recorded = await store.outbox.recordIncrement({ ...KEY, account: 'me', delta: 2, total: 12, at: 5 });
      expect(recorded).toMatchObject({ delta: 2, total: 12, state: 'recorded' });
      await store.outbox.settleIncrement(recorded.id, 'unclear', 6);
      expect(await store.outbox.increments('me')).toEqual([{ ...recorded, state: 'unclear' }]);
      expect(await store.outbox.increments('partner')).toEqual([]);
      await store.outbox.settleIncrement(recorded.id, 'confirmed', 7);
      expect(await store.outbox.increments('me')).toEqual([]);
      expect(await store.outbox.due('me')).toEqual([]);
    });

    test('a dropped increment confirms nothing', async () => {
      await using store = await open();
      await want(store, 12);
      const recorded = await store.outbox.recordIncrement({ ...KEY, account: 'me', delta: 12, total: 12, at: 5 });
      const other = await store.outbox.recordIncrement({ ...KEY, account: 'me', delta: 1, total: 13, at: 6 });
      expect(other.id).not.toBe(recorded.id);
      await store.outbox.settleIncrement(recorded.id, 'dropped', 7);
      expect(await store.outbox.increments('me')).toEqual([other]);
      expect(await store.outbox.due('me')).toMatchObject([{ value: 12, confirmed: undefined }]);
    });
  });
}

async function want(store: Opened, value: WireValue): Promise<void> {
  await store.attributeDays.settle([{ ...KEY, account: 'me', wanted: value, readings: 1 }], 1);
}
