import { startExistTwin } from '@dayfold/exist-twin';
import type { ExistTwin } from '@dayfold/exist-twin';
import { afterEach, beforeEach, expect, test } from 'vitest';

const CALLBACK = 'http://localhost:8373/connect/callback';
const ASKED = { response_type: 'code', client_id: 'demo', scope: 'mood_write food_write', state: 's&1' };

let twin: ExistTwin;
beforeEach(async () => {
  twin = await startExistTwin({ redirectUris: [CALLBACK] });
});
afterEach(async () => await twin.close());

/** What the browser sees, and where it is sent. */
async function open(changes: Record<string, string> = {}) {
  const query = new URLSearchParams({ ...ASKED, redirect_uri: CALLBACK, ...changes });
  const response = await fetch(`${twin.url}/oauth2/authorize?${query.toString()}`, { redirect: 'manual' });
  const location = response.headers.get('location');
  const back = location === null ? undefined : new URL(location);
  return { status: response.status, text: await response.text(), back };
}

/** As the browser sends the form of the page: its fields and the button that was pressed. */
function pressed(page: string, button: string): Record<string, string> {
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(
    ([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')] as const,
  );
  const [, value = ''] = new RegExp(`<button name="approve" value="(\\d)">${button}<`).exec(page) ?? [];
  return { ...Object.fromEntries(fields), approve: value };
}

async function exchange(code: string, redirectUri: string): Promise<number> {
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
  const client = { client_id: twin.client.clientId, client_secret: twin.client.clientSecret };
  const body = new URLSearchParams({ ...form, ...client });
  return (await fetch(`${twin.url}/oauth2/access_token`, { method: 'POST', body })).status;
}

test('the page names the client and each scope; Allow leads back with a code and the state', async () => {
  const { status, text } = await open();
  expect(status).toBe(200);
  expect(text).toContain('Allow dayfold?');
  expect(text).toContain('<li>mood_write<li>food_write');
  const { back } = await open(pressed(text, 'Allow'));
  expect(back?.href.startsWith(`${CALLBACK}?`)).toBe(true);
  expect(back?.searchParams.get('state')).toBe('s&1');
  expect(await exchange(back?.searchParams.get('code') ?? '', CALLBACK)).toBe(200);
});

test('Deny leads back with the reason and no code', async () => {
  const { back } = await open(pressed((await open()).text, 'Deny'));
  expect(Object.fromEntries(back?.searchParams ?? [])).toEqual({ error: 'access_denied', state: 's&1' });
});

test.each([`${CALLBACK}/`, `${CALLBACK}?x=1`, 'http://127.0.0.1:8373/connect/callback', 'https://evil.example/', ''])(
  'the address %j, not registered to the byte, is sent nobody',
  async (redirect_uri) => {
    for (const approve of ['1', '0']) {
      const { status, back, text } = await open({ redirect_uri, approve });
      expect(status).toBe(400);
      expect(back).toBeUndefined();
      expect(text).toContain('Invalid redirect URI');
    }
  },
);

test('a code is good for the address it was sent to alone', async () => {
  const { back } = await open({ approve: '1' });
  expect(await exchange(back?.searchParams.get('code') ?? '', `${CALLBACK}/`)).toBe(400);
});

test('a scope that Exist does not have is refused before anyone is asked', async () => {
  expect((await open({ scope: 'twitter_write' })).back?.searchParams.get('error')).toBe('invalid_scope');
  expect((await open({ scope: 'mood_write+food_write' })).back?.searchParams.get('error')).toBe('invalid_scope');
});

test('an unknown client is told so', async () => {
  expect(await open({ client_id: 'nobody' })).toMatchObject({ status: 400, back: undefined });
});
