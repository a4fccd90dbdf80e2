import type { Change, Store } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';
import { Secret } from '@dayfold/runtime';

const KEY = { attribute: 'steps', date: '2026-03-29' } as const;
const ENTRY = {
  account: 'me',
  attribute: 'steps',
  name: 'steps',
  state: 'owned',
  since: 3,
  reacquiredAt: undefined,
  reason: undefined,
} as const;
const TOKEN = {
  account: 'me',
  accessToken: new Secret('a1'),
  refreshToken: new Secret('r1'),
  expiresAt: 9,
  scopes: ['activity_write'],
  refreshIntentAt: undefined,
  dead: false,
  username: undefined,
  timezone: undefined,
  connectedAt: 1,
} as const;
const PROBLEM = { code: 'exist.value_refused', subject: 'mood', since: 4, message: 'no', remedy: 'none' } as const;
const REQUEST = { account: 'me', at: 5, endpoint: 'update', items: 2, outcome: 'partial', ms: 7 } as const;
const SENT = { ...KEY, value: 900, at: 5, outcome: 'confirmed' } as const;

export function changesContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the Changes contract`, () => {
    test('each change does what the method of its port does', async () => {
      await using store = await open();
      const increment = await prepared(store);
      await store.changes.together(changes(increment));
      expect(await store.outbox.due('me')).toEqual([]);
      expect(await store.attributeDays.get('mood', KEY.date)).toMatchObject({ refused: true, reason: 'out of range' });
      expect(await store.attributeDays.get('steps', KEY.date)).toMatchObject({ confirmed: 900 });
      expect(await store.attributeDays.get('coffees', KEY.date)).toMatchObject({ confirmed: 3 });
      expect(await store.outbox.increments('me')).toEqual([]);
      expect(await store.outbox.sent('steps', KEY.date)).toEqual([SENT]);
      expect(await store.requestLog.since('me', 0)).toEqual([REQUEST]);
      expect(await store.ledger.entries('me')).toEqual([ENTRY]);
      expect(await store.tokens.get('me')).toEqual(TOKEN);
      expect(await store.problems.list()).toEqual([PROBLEM]);
      expect(await store.keyValues.get('dayfold', 'writing.me')).toEqual({ failures: 1 });
    });

    test('they take effect in the order given', async () => {
      await using store = await open();
      await store.changes.together([
        { kind: 'raise', problem: PROBLEM },
        { kind: 'clear', code: PROBLEM.code, subject: PROBLEM.subject },
        { kind: 'keep', scope: 'dayfold', key: 'k', value: 1 },
        { kind: 'keep', scope: 'dayfold', key: 'k', value: 2 },
      ]);
      expect(await store.problems.list()).toEqual([]);
      expect(await store.keyValues.get('dayfold', 'k')).toBe(2);
    });

    test('one that cannot be recorded leaves none of the others behind, and the store goes on', async () => {
      await using store = await open();
      const increment = await prepared(store);
      const endless: { self?: unknown } = {};
      endless.self = endless;
      const broken: Change = { kind: 'keep', scope: 'dayfold', key: 'k', value: endless as never };
      const all = changes(increment);
      for (const at of [0, 4, all.length]) {
        await expect(store.changes.together(all.toSpliced(at, 0, broken))).rejects.toThrow(/circular/i);
        expect((await store.outbox.due('me')).map(({ attribute }) => attribute)).toEqual(['coffees', 'mood', 'steps']);
        expect(await store.outbox.increments('me')).toHaveLength(1);
        expect(await store.outbox.sent('steps', KEY.date)).toEqual([]);
        expect(await store.requestLog.since('me', 0)).toEqual([]);
        expect(await store.ledger.entries('me')).toEqual([]);
        expect(await store.tokens.get('me')).toBeUndefined();
        expect(await store.problems.list()).toEqual([]);
        expect(await store.keyValues.get('dayfold', 'writing.me')).toBeUndefined();
      }
      await store.changes.together(all);
      expect(await store.outbox.due('me')).toEqual([]);
    });

    test('nothing to record is no error', async () => {
      await using store = await open();
      await store.changes.together([]);
      expect(await store.requestLog.since('me', 0)).toEqual([]);
    });
  });
}

/** Three attribute-days that wait, one of them with a delta; answers with the delta's id. */
async function prepared(store: Store): Promise<number> {
  const day = { date: KEY.date, account: 'me', readings: 1 };
  await store.attributeDays.settle(
    [
      { ...day, attribute: 'steps', wanted: 900 },
      { ...day, attribute: 'mood', wanted: 12 },
      { ...day, attribute: 'coffees', wanted: 3 },
    ],
    1,
  );
  const delta = { attribute: 'coffees', date: KEY.date, account: 'me', delta: 3, total: 3, at: 2 };
  return (await store.outbox.recordIncrement(delta)).id;
}

function changes(increment: number): readonly Change[] {
  return [
    { kind: 'request', request: REQUEST },
    { kind: 'sent', account: 'me', items: [SENT] },
    { kind: 'confirm', account: 'me', items: [{ ...KEY, value: 900 }], now: 5 },
    {
      kind: 'refuse',
      account: 'me',
      item: { attribute: 'mood', date: KEY.date, value: 12 },
      reason: 'out of range',
      now: 5,
    },
    { kind: 'increment', id: increment, outcome: 'confirmed', now: 5 },
    { kind: 'ledger', entries: [ENTRY] },
    { kind: 'token', token: TOKEN },
    { kind: 'raise', problem: PROBLEM },
    { kind: 'clear', code: 'exist.unanswered', subject: 'me' },
    { kind: 'keep', scope: 'dayfold', key: 'writing.me', value: { failures: 1 } },
  ];
}
