import type { LoggedRequest, RequestLog } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';

const REQUEST: LoggedRequest = {
  account: 'me',
  at: 100,
  endpoint: 'attributes/update',
  items: 35,
  outcome: 'ok',
  ms: 240,
};

export function requestLogContract(
  name: string,
  open: () => Promise<AsyncDisposable & { readonly requestLog: RequestLog }>,
): void {
  describe(`${name} keeps the RequestLog contract`, () => {
    test('requests of an account are told from an instant on, in their order', async () => {
      await using store = await open();
      for (const at of [99, 100, 101]) await store.requestLog.append({ ...REQUEST, at });
      await store.requestLog.append({ ...REQUEST, account: 'partner' });
      expect(await store.requestLog.since('me', 100)).toEqual([REQUEST, { ...REQUEST, at: 101 }]);
    });

    test('pruning takes what is older and nothing else', async () => {
      await using store = await open();
      for (const at of [99, 100]) await store.requestLog.append({ ...REQUEST, at });
      await store.requestLog.prune(100);
      expect(await store.requestLog.since('me', 0)).toEqual([REQUEST]);
    });
  });
}
