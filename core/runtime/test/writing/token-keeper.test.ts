import { expect, test } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { TokenKeeper } from '../../src/writing/token-keeper.ts';
import { DeskExist } from './desk-exist.ts';
import { DeskStore } from './desk-store.ts';
import { tokenOf } from './writing-desk.ts';
import { Secret } from '../../src/kernel/secret.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');

function keeping(changes: Parameters<typeof tokenOf>[0] = {}) {
  const store = new DeskStore();
  const exist = new DeskExist();
  const clock = new FakeClock(NOW);
  store.tokenOf.set('me', tokenOf(changes));
  const open = (): TokenKeeper =>
    new TokenKeeper({
      account: 'me',
      tokens: store.ports.tokens,
      changes: store.ports.changes,
      gateway: exist,
      clock,
      client: () => ({ clientId: 'id', clientSecret: new Secret('secret') }),
      recorded: async (_endpoint, call, changesOf) => {
        const outcome = await call();
        await store.ports.changes.together(await changesOf(outcome));
        return outcome;
      },
    });
  return { store, exist, clock, open, keeper: open() };
}

test('50 callers who were refused cause one refresh', async () => {
  const { exist, keeper } = keeping();
  const answers = await Promise.all(Array.from({ length: 50 }, () => keeper.refused(new Secret('a0'))));
  expect(exist.count('refresh')).toBe(1);
  expect(answers.every((answer) => answer.status === 'ready' && answer.token.accessToken.reveal() === 'a1')).toBe(true);
  expect((await keeper.refused(new Secret('a0'))).status).toBe('ready');
  expect(exist.count('refresh')).toBe(1);
});

test('a token is refreshed only when it has expired by a trusted clock', async () => {
  const { exist, clock, keeper, store } = keeping({ expiresAt: NOW + 61_000 });
  await keeper.current();
  expect(exist.count('refresh')).toBe(0);
  clock.set(NOW + 2_000);
  clock.isTrusted = false;
  await keeper.current();
  expect(exist.count('refresh')).toBe(0);
  clock.isTrusted = true;
  await keeper.current();
  expect(exist.count('refresh')).toBe(1);
  expect(store.tokenOf.get('me')?.expiresAt).toBe(NOW + 2_000 + 31_535_999_000);
});

test('the intent is stored before the refresh and the pair before it is handed out', async () => {
  const { exist, keeper, store } = keeping();
  const refresh = exist.refresh.bind(exist);
  exist.refresh = async (client, refreshToken) => {
    expect(store.tokenOf.get('me')?.refreshIntentAt).toBe(NOW);
    return await refresh(client, refreshToken);
  };
  const answer = await keeper.refused(new Secret('a0'));
  expect(store.tokenOf.get('me')).toMatchObject({ accessToken: new Secret('a1'), refreshIntentAt: undefined });
  expect(answer).toMatchObject({ status: 'ready', token: { accessToken: new Secret('a1') } });
});

test('a refresh that never happened is told by the old access token', async () => {
  const { exist, open } = keeping({ refreshIntentAt: NOW - 5 });
  expect(await open().current()).toMatchObject({
    status: 'ready',
    token: { accessToken: new Secret('a0'), refreshIntentAt: undefined },
  });
  expect(exist.count('refresh')).toBe(0);
});

test('a refresh whose answer was lost is tried once more and then asks for a login', async () => {
  const { exist, open, store } = keeping();
  exist.lost.set('refresh', 1);
  expect((await open().refused(new Secret('a0'))).status).toBe('unclear');
  expect((await open().current()).status).toBe('login');
  expect((await open().current()).status).toBe('login');
  expect(exist.count('refresh')).toBe(2);
  expect(store.tokenOf.get('me')).toMatchObject({
    dead: true,
    accessToken: new Secret('a0'),
    refreshToken: new Secret('r0'),
  });
  expect(store.open.has('exist.login_required me')).toBe(true);
});

test('a refresh that surely did not arrive leaves the token as it was', async () => {
  const { exist, keeper, store } = keeping();
  exist.next.set('refresh', [{ status: 'unreachable', message: 'refused' }]);
  expect((await keeper.refused(new Secret('a0'))).status).toBe('unreachable');
  expect(store.tokenOf.get('me')).toEqual(tokenOf());
});

test('a wrong client_secret costs no login: the token stays as it is and the person is told what to compare', async () => {
  const { exist, store, keeper } = keeping({ expiresAt: NOW - 1 });
  const message = 'Exist does not know the client: client_id or client_secret is wrong';
  exist.next.set('refresh', [{ status: 'misconfigured', message }]);
  expect(await keeper.current()).toEqual({ status: 'misconfigured', message });
  expect(store.tokenOf.get('me')).toMatchObject({
    accessToken: new Secret('a0'),
    dead: false,
    refreshIntentAt: undefined,
  });
  expect(store.open.get('exist.client_unknown me')?.remedy).toContain('compare client_id and client_secret');
  expect((await keeper.current()).status).toBe('ready');
  expect(store.open.has('exist.client_unknown me')).toBe(false);
});
