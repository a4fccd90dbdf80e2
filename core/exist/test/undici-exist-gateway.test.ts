import { startExistTwin } from '@dayfold/exist-twin';
import type { FaultKind } from '@dayfold/exist-twin';
import { Secret } from '@dayfold/runtime';
import type { Client } from '@dayfold/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UndiciExistGateway } from '../src/undici-exist-gateway.ts';

const SCOPES = ['activity_write', 'activity_read', 'media_write', 'custom_write'];
const DAY = '2026-03-29';
const NOON = Date.parse('2026-03-29T12:00:00Z');

let twin: Awaited<ReturnType<typeof startExistTwin>>;
let gateway: UndiciExistGateway;
let client: Client;
let token: Secret;

beforeEach(async () => {
  twin = await startExistTwin({ now: () => NOON, seed: 1 });
  gateway = new UndiciExistGateway({ url: twin.url, timeoutMs: 300 });
  client = { ...twin.client, clientSecret: new Secret(twin.client.clientSecret) };
  token = new Secret(twin.issueToken({ scopes: SCOPES }).access_token);
});
afterEach(async () => await twin.close());

const steps = { name: 'steps', date: DAY, value: 4200 } as const;
const acquireSteps = async () => await gateway.acquire(token, [{ template: 'steps' }]);

test('reads the profile', async () => {
  expect(await gateway.profile(token)).toMatchObject({ status: 'answered', profile: { timezone: 'Europe/Berlin' } });
});

test('acquires by template, never manual, and hands over the whole attribute', async () => {
  expect(await acquireSteps()).toMatchObject({
    status: 'answered',
    accepted: [
      {
        item: { template: 'steps' },
        result: { name: 'steps', valueType: 0, group: 'activity', service: 'dayfold123', active: true },
      },
    ],
    refused: [],
    unmentioned: [],
  });
  expect(twin.requests().at(-1)?.items).toEqual([{ template: 'steps', manual: false }]);
});

test('finds a created attribute by its label, though daily tags come back in lower case', async () => {
  const item = { label: 'Fridge Raided', group: 'custom', valueType: 7 };
  expect(await gateway.create(token, [item])).toMatchObject({
    accepted: [{ item, result: { name: 'fridge_raided', label: 'fridge raided', valueType: 7 } }],
  });
});

test('tells accepted from refused items of one call by name and date', async () => {
  await acquireSteps();
  const other = { ...steps, date: '2026-03-28', value: 1.5 } as const;
  const unknown = { ...steps, name: 'floors' } as const;
  expect(await gateway.update(token, [unknown, other, steps])).toMatchObject({
    status: 'answered',
    accepted: [{ item: steps, result: 4200 }],
    refused: [
      { item: unknown, code: 'not_found' },
      { item: other, code: 'validation' },
    ],
    unmentioned: [],
  });
  expect(twin.values()).toEqual({ steps: { [DAY]: 4200 } });
});

test('hands back the new total of an increment', async () => {
  await acquireSteps();
  await gateway.update(token, [steps]);
  expect(await gateway.increment(token, [{ name: 'steps', date: DAY, value: 8 }])).toMatchObject({
    accepted: [{ result: 4208 }],
  });
});

test('releases', async () => {
  await acquireSteps();
  expect(await gateway.release(token, [{ name: 'steps' }])).toMatchObject({ accepted: [{ item: { name: 'steps' } }] });
  expect(await gateway.owned(token)).toMatchObject({ attributes: [] });
});

test('reads every page of a list and says how many requests that took', async () => {
  for (let call = 0; call < 4; call += 1) {
    const items = Array.from({ length: 30 }, (_, index) => ({
      label: `tag ${call} ${index}`,
      group: 'custom',
      valueType: 7,
    }));
    await gateway.create(token, items);
  }
  const owned = await gateway.owned(token);
  expect(owned).toMatchObject({ status: 'answered', requests: 2 });
  expect(owned.status === 'answered' && new Set(owned.attributes.map(({ name }) => name)).size).toBe(120);
});

test('answers that stand in another order are laid to the right items', async () => {
  await acquireSteps();
  twin.faults.next(1, 'permuted');
  const items = ['2026-03-27', '2026-03-28', DAY].map((date, index) => ({
    name: 'steps',
    date: date as typeof DAY,
    value: index,
  }));
  const outcome = await gateway.update(token, items);
  expect(outcome).toMatchObject({ accepted: items.map((item) => ({ item, result: item.value })) });
});

test('an item the answer leaves out is unmentioned', async () => {
  await acquireSteps();
  twin.faults.next(1, 'omit-item');
  expect(await gateway.update(token, [steps])).toEqual({
    status: 'answered',
    accepted: [],
    refused: [],
    unmentioned: [steps],
  });
});

test('a failure that carries the name under title is found', async () => {
  twin.faults.next(1, 'title-for-name');
  expect(await gateway.update(token, [steps])).toMatchObject({ refused: [{ item: steps, code: 'not_found' }] });
});

test.each<[FaultKind, object]>([
  ['429', { status: 'limited', retryAfterMs: undefined }],
  ['429-retry-after', { status: 'limited', retryAfterMs: 120_000 }],
  ['401', { status: 'unauthorised' }],
  ['403', { status: 'forbidden' }],
  ['400', { status: 'rejected' }],
  ['500', { status: 'unclear' }],
  ['html502', { status: 'unclear' }],
  ['html504AfterApply', { status: 'unclear' }],
  ['wrong-json', { status: 'unclear' }],
  ['truncated', { status: 'unclear' }],
  ['drop-before', { status: 'unclear' }],
  ['drop-after-apply', { status: 'unclear' }],
  ['hang', { status: 'unclear' }],
  ['slow', { status: 'unclear' }],
])('%s ends as a value, sends nothing twice, and tells no token', async (kind, expected) => {
  await acquireSteps();
  twin.faults.next(1, kind, 'update');
  const outcome = await gateway.update(token, [steps]);
  expect(outcome).toMatchObject(expected);
  expect(JSON.stringify(outcome)).not.toContain(token.reveal());
  expect(twin.faults.pending()).toBe(0);
  expect(twin.counters().requests['update'] ?? 0).toBeLessThanOrEqual(1);
});

test('an HTML 504 may hide a write that was applied', async () => {
  await acquireSteps();
  twin.faults.next(1, 'html504AfterApply', 'update');
  expect(await gateway.update(token, [steps])).toMatchObject({ status: 'unclear' });
  expect(twin.values()).toEqual({ steps: { [DAY]: 4200 } });
});

test('a token that was taken away is unauthorised', async () => {
  twin.revoke(token.reveal());
  expect(await gateway.owned(token)).toEqual({ status: 'unauthorised' });
});

test('a refresh brings a new pair and ends the old one', async () => {
  const old = twin.issueToken({ scopes: SCOPES });
  const renewed = await gateway.refresh(client, new Secret(old.refresh_token));
  expect(renewed).toMatchObject({ status: 'granted', token: { scopes: SCOPES, expiresInS: 31_535_999 } });
  expect(await gateway.profile(new Secret(old.access_token))).toEqual({ status: 'unauthorised' });
  expect(await gateway.refresh(client, new Secret(old.refresh_token))).toEqual({ status: 'unauthorised' });
});

test('logs in through the page: state comes back, the code works once', async () => {
  const redirectUri = 'http://localhost:8373/connect/callback';
  const address = gateway.authorizeUrl(client, { redirectUri, scopes: SCOPES, state: 's&1' });
  const answer = await fetch(`${address}&approve=1`, { redirect: 'manual' });
  const back = new URL(answer.headers.get('location') ?? '');
  expect(back.searchParams.get('state')).toBe('s&1');
  const code = back.searchParams.get('code') ?? '';
  expect(await gateway.exchangeCode(client, code, redirectUri)).toMatchObject({
    status: 'granted',
    token: { scopes: SCOPES },
  });
  expect(await gateway.exchangeCode(client, code, redirectUri)).toEqual({ status: 'unauthorised' });
});

test('a port nobody listens on is unreachable', async () => {
  const { url } = twin;
  await twin.close();
  expect(await new UndiciExistGateway({ url }).update(token, [steps])).toMatchObject({ status: 'unreachable' });
});

test.each(['http://exist.io', 'http://192.168.1.4:80', 'http://127.evil.example', 'ftp://localhost'])(
  'refuses to send tokens to %s',
  (url) => {
    expect(() => new UndiciExistGateway({ url })).toThrow(/https/);
  },
);
