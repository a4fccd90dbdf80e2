import type { Token, Tokens } from '@dayfold/runtime';
import { describe, expect, test } from 'vitest';
import { Secret } from '@dayfold/runtime';

const TOKEN: Token = {
  account: 'me',
  accessToken: new Secret('access'),
  refreshToken: new Secret('refresh'),
  expiresAt: 900,
  scopes: ['activity_write', 'mood_write'],
  refreshIntentAt: 800,
  dead: false,
  username: 'josh',
  timezone: 'Australia/Melbourne',
  connectedAt: 1,
};

export function tokensContract(name: string, open: () => Promise<AsyncDisposable & { readonly tokens: Tokens }>): void {
  describe(`${name} keeps the Tokens contract`, () => {
    test('a token comes back whole, one for each account', async () => {
      await using store = await open();
      const bare = {
        ...TOKEN,
        account: 'partner',
        refreshToken: undefined,
        expiresAt: undefined,
        refreshIntentAt: undefined,
        username: undefined,
        timezone: undefined,
      };
      await store.tokens.put(TOKEN);
      await store.tokens.put(bare);
      expect(await store.tokens.get('me')).toStrictEqual(TOKEN);
      expect(await store.tokens.get('partner')).toStrictEqual(bare);
      expect(await store.tokens.get('nobody')).toBeUndefined();
    });

    test('a new token replaces the one before, a forgotten one is gone', async () => {
      await using store = await open();
      await store.tokens.put(TOKEN);
      await store.tokens.put({ ...TOKEN, accessToken: new Secret('next'), refreshIntentAt: undefined });
      expect(await store.tokens.get('me')).toMatchObject({
        accessToken: new Secret('next'),
        refreshIntentAt: undefined,
      });
      await store.tokens.forget('me');
      expect(await store.tokens.get('me')).toBeUndefined();
    });
  });
}
