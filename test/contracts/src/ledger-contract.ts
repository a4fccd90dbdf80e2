import type { Ledger, LedgerEntry } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';

const STEPS: LedgerEntry = {
  account: 'me',
  attribute: 'steps',
  name: 'steps',
  state: 'owned',
  since: 5,
  reacquiredAt: undefined,
  reason: undefined,
};

export function ledgerContract(name: string, open: () => Promise<AsyncDisposable & { readonly ledger: Ledger }>): void {
  describe(`${name} keeps the Ledger contract`, () => {
    test('entries are kept for each account, by attribute, the newest word counts', async () => {
      await using store = await open();
      const opens: LedgerEntry = {
        ...STEPS,
        attribute: 'fridge_opens',
        name: 'fridge_opens_2',
        state: 'blocked',
        reason: 'limit reached',
      };
      await store.ledger.put([STEPS, opens, { ...STEPS, account: 'partner' }]);
      await store.ledger.put([{ ...STEPS, state: 'lost', reacquiredAt: 9 }]);
      expect(await store.ledger.entries('me')).toEqual([opens, { ...STEPS, state: 'lost', reacquiredAt: 9 }]);
      expect(await store.ledger.entries('nobody')).toEqual([]);
    });

    test('a forgotten entry is gone from its account only', async () => {
      await using store = await open();
      await store.ledger.put([STEPS, { ...STEPS, account: 'partner' }]);
      await store.ledger.forget('me', 'steps');
      expect(await store.ledger.entries('me')).toEqual([]);
      expect(await store.ledger.entries('partner')).toHaveLength(1);
    });
  });
}
