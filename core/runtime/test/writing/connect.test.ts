import { expect, test } from 'vitest';
import { ConnectFlow } from '../../src/writing/connect.ts';
import { attribute, desk } from './writing-desk.ts';
import { Secret } from '../../src/kernel/secret.ts';

const ACCOUNT = { name: 'me', clientId: 'id', clientSecret: new Secret('secret') };
const REDIRECT = 'http://localhost:8373/connect/callback';

function connecting() {
  const { store, exist, clock } = desk([]);
  store.tokenOf.clear();
  const flow = new ConnectFlow({ store: store.ports, gateway: exist, clock });
  const begin = async () =>
    await flow.begin({
      account: 'me',
      client: ACCOUNT,
      redirectUri: REDIRECT,
      attributes: [attribute('steps'), attribute('water', { group: 'food' }), attribute('floors')],
    });
  return { store, exist, clock, flow, begin };
}

test('the login asks for the least scopes and its answer is used once', async () => {
  const { store, flow, begin, exist } = connecting();
  const { url, state } = await begin();
  expect(url).toContain('scope=activity_write+food_write&');
  const answer = `${REDIRECT}?code=c1&state=${state}`;
  expect(await flow.finish({ answer, accounts: [ACCOUNT] })).toBe('me');
  expect(store.tokenOf.get('me')).toMatchObject({
    accessToken: new Secret('a1'),
    refreshToken: new Secret('r1'),
    username: 'ada',
    timezone: 'Europe/Berlin',
    dead: false,
  });
  await expect(flow.finish({ answer, accounts: [ACCOUNT] })).rejects.toThrow('used already');
  expect(exist.count('exchange')).toBe(1);
});

test('a callback that was not begun here, or came too late, is turned away', async () => {
  const { flow, begin, clock, exist } = connecting();
  const { state } = await begin();
  await expect(flow.finish({ answer: '?code=c1&state=forged', accounts: [ACCOUNT] })).rejects.toThrow('not begun here');
  await expect(flow.finish({ answer: '?code=c1', accounts: [ACCOUNT] })).rejects.toThrow('not begun here');
  await clock.advance(10 * 60_000 + 1);
  await expect(flow.finish({ answer: `?code=c1&state=${state}`, accounts: [ACCOUNT] })).rejects.toThrow('ten minutes');
  expect(exist.count('exchange')).toBe(0);
});

test('a pasted code belongs to the login begun last; a refusal is told', async () => {
  const { flow, begin, store } = connecting();
  await begin();
  expect(await flow.finishPasted({ account: 'me', codeOrUrl: ' c1 ', accounts: [ACCOUNT] })).toBe('me');
  expect(store.tokenOf.has('me')).toBe(true);
  const { state } = await begin();
  await expect(flow.finish({ answer: `?error=access_denied&state=${state}`, accounts: [ACCOUNT] })).rejects.toThrow(
    'access_denied',
  );
});

test('a personal token or the JSON of an answer is taken; what Exist refuses is not', async () => {
  const { flow, store, clock } = connecting();
  await flow.acceptToken('me', 'a0\n');
  expect(store.tokenOf.get('me')).toMatchObject({
    accessToken: new Secret('a0'),
    refreshToken: undefined,
    expiresAt: undefined,
    scopes: [],
    username: 'ada',
  });
  await flow.acceptToken(
    'me',
    '{"access_token":"a0","refresh_token":"r0","expires_in":100,"scope":"mood_write food_write","token_type":"Bearer"}',
  );
  expect(store.tokenOf.get('me')).toMatchObject({
    refreshToken: new Secret('r0'),
    expiresAt: clock.now() + 100_000,
    scopes: ['mood_write', 'food_write'],
  });
  await expect(flow.acceptToken('me', 'wrong')).rejects.toThrow('does not accept');
  await expect(flow.acceptToken('me', 'two words')).rejects.toThrow('one access token');
  await expect(flow.acceptToken('me', '{"refresh_token":1}')).rejects.toThrow('access_token');
});

test('a client that Exist does not know is a mistake in the configuration, with its remedy', async () => {
  const { exist, store, begin, flow } = connecting();
  const { state } = await begin();
  exist.next.set('exchange', [
    { status: 'misconfigured', message: 'Exist does not know the client: client_id or client_secret is wrong' },
  ]);
  const finishing = flow.finish({ answer: `?code=c1&state=${state}`, accounts: [ACCOUNT] });
  await expect(finishing).rejects.toMatchObject({ code: 'config.invalid' });
  await expect(finishing).rejects.toThrow('client_id or client_secret is wrong; compare them');
  expect(store.tokenOf.has('me')).toBe(false);
});
