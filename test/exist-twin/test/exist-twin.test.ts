import { afterEach, beforeEach, expect, test } from 'vitest';
import { startExistTwin } from '@dayfold/exist-twin';
import type { ExistTwin } from '@dayfold/exist-twin';

const DAY = '2026-03-29';
const MINUTE = 60_000;
const ALL = [
  'activity_write',
  'activity_read',
  'media_write',
  'mood_write',
  'mood_read',
  'health_write',
  'custom_write',
];

let now: number;
let twin: ExistTwin;
let token: string;

beforeEach(async () => {
  now = Date.parse('2026-03-29T12:00:00Z');
  twin = await startExistTwin({ now: () => now, seed: 1 });
  token = twin.issueToken({ scopes: ALL }).access_token;
});
afterEach(async () => await twin.close());

interface Answer {
  readonly status: number;
  readonly success: readonly Record<string, unknown>[];
  readonly failed: readonly Record<string, unknown>[];
}

async function write(endpoint: string, items: unknown, as = token): Promise<Answer> {
  const response = await fetch(`${twin.url}/api/2/attributes/${endpoint}/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
    body: JSON.stringify(items),
  });
  const text = await response.text();
  return { status: response.status, success: [], failed: [], ...(text === '' ? {} : (JSON.parse(text) as object)) };
}

async function read(
  path: string,
  as = token,
): Promise<{ status: number; text: string; json: () => Record<string, unknown> }> {
  const response = await fetch(`${twin.url}/api/2/${path}`, {
    headers: { authorization: `Bearer ${as}` },
    redirect: 'manual',
  });
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) as Record<string, unknown> };
}

const refresh = async (refreshToken: string): Promise<number> => {
  const fields = {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: twin.client.clientId,
    client_secret: twin.client.clientSecret,
  };
  return (await fetch(`${twin.url}/oauth2/access_token`, { method: 'POST', body: new URLSearchParams(fields) })).status;
};

const steps = (value: unknown, date = DAY) => ({ name: 'steps', date, value });
const acquireSteps = async (as = token) => await write('acquire', [{ template: 'steps', manual: false }], as);

test('a template is created by acquiring it and has a row for today at once', async () => {
  expect(await acquireSteps()).toMatchObject({ status: 200, success: [{ name: 'steps' }] });
  expect((await read('attributes/values/?attribute=steps')).json()).toMatchObject({
    results: [{ date: DAY, value: 0 }],
  });
  await write('acquire', [{ template: 'mood', manual: false }]);
  expect((await read('attributes/values/?attribute=mood')).json()).toMatchObject({
    results: [{ date: DAY, value: null }],
  });
  expect(twin.values()).toEqual({ steps: {}, mood: {} });
});

test("a second client's acquire takes the attribute away from the first", async () => {
  await acquireSteps();
  await acquireSteps(twin.issueToken({ scopes: ALL, clientId: 'other' }).access_token);
  expect(await write('update', [steps(1)])).toMatchObject({
    status: 202,
    failed: [{ name: 'steps', error_code: 'unauthorised' }],
  });
});

test('one bad item leaves the others stored, and 202 says so without an index', async () => {
  await acquireSteps();
  const answer = await write('update', [steps(1.5), steps(7, '2026-03-28'), { name: 'steps', date: DAY }]);
  expect(answer).toMatchObject({ status: 202, success: [{ date: '2026-03-28', value: 7 }] });
  expect(answer.failed.map((one) => one['error_code'])).toEqual(['validation', 'missing_field']);
  expect(twin.values()).toEqual({ steps: { '2026-03-28': 7 } });
});

test.each([null, 'many', true, 1.5])('an integer is never %s', async (value) => {
  await acquireSteps();
  expect(await write('update', [steps(value)])).toMatchObject({ failed: [{ error_code: 'validation' }] });
});

test.each([
  ['mood', 0],
  ['mood', 10],
  ['body_fat', 57],
  ['mood_note', 'x'.repeat(1001)],
])('%s refuses a value out of its bounds', async (template, value) => {
  await write('acquire', [{ template, manual: false }]);
  expect(await write('update', [{ name: template, date: DAY, value }])).toMatchObject({
    failed: [{ error_code: 'validation' }],
  });
});

test.each(['2026-02-30', '2026-3-29', '2026-03-31'])('the date %s is refused', async (date) => {
  await acquireSteps();
  expect(await write('update', [steps(1, date)])).toMatchObject({ failed: [{ error_code: 'validation' }] });
});

test('a write scope is needed for the group of an attribute', async () => {
  expect(await write('acquire', [{ template: 'sleep', manual: false }])).toMatchObject({
    failed: [{ error_code: 'not_allowed' }],
  });
});

test('a custom attribute gets its name from the label, is manual unless said, and exists once', async () => {
  const item = { label: 'Time reading', group: 'media', value_type: 3 };
  expect(await write('create', [item])).toMatchObject({
    status: 200,
    success: [{ name: 'time_reading', manual: true, group: 'media' }],
  });
  expect(await write('create', [item])).toMatchObject({ status: 202, failed: [{ error_code: 'exists' }] });
});

test('a time of day from midday is for templates, and a daily tag is a boolean', async () => {
  const items = [
    { label: 'Nap', group: 'activity', value_type: 6 },
    { label: 'Count', group: 'custom', value_type: 0 },
  ];
  expect((await write('create', items)).failed).toHaveLength(2);
});

test('more than 35 items are refused as a whole', async () => {
  await acquireSteps();
  const items = Array.from({ length: 36 }, () => steps(1));
  expect((await write('update', items)).status).toBe(400);
  expect(twin.values()).toEqual({ steps: {} });
});

test('increments add up and each one counts again', async () => {
  await acquireSteps();
  await write('increment', [{ name: 'steps', value: 5 }]);
  expect(await write('increment', [{ name: 'steps', value: 5 }])).toMatchObject({
    success: [{ name: 'steps', value: 5, current: 10 }],
  });
});

test('a refresh kills both old tokens', async () => {
  const old = twin.issueToken({ scopes: ALL });
  expect(await refresh(old.refresh_token)).toBe(200);
  expect((await read('accounts/profile/', old.access_token)).status).toBe(401);
  expect(await refresh(old.refresh_token)).toBe(400);
  expect(twin.counters().refreshes).toBe(1);
});

test('a refresh whose answer was lost has killed the old pair all the same', async () => {
  const old = twin.issueToken({ scopes: ALL });
  twin.faults.next(1, 'drop-after-apply', 'token');
  await expect(refresh(old.refresh_token)).rejects.toThrow();
  expect(await refresh(old.refresh_token)).toBe(400);
});

test('a token lives a year', async () => {
  now += 31_535_998_000;
  expect((await read('accounts/profile/')).status).toBe(200);
  now += 2000;
  expect((await read('accounts/profile/')).status).toBe(401);
});

test('the 301st request within an hour has no data; an hour later all is well', async () => {
  for (let request = 0; request < 300; request += 1) await read('accounts/profile/');
  expect(await read('accounts/profile/')).toMatchObject({ status: 429, text: '' });
  expect(twin.counters().rateLimited).toBe(1);
  now += 60 * MINUTE;
  expect((await read('accounts/profile/')).status).toBe(200);
});

test('a path without its slash and another scheme than Bearer do not work', async () => {
  await acquireSteps();
  const post = {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify([steps(1)]),
    redirect: 'manual',
  } as const;
  expect((await fetch(`${twin.url}/api/2/attributes/update`, post)).ok).toBe(false);
  expect(twin.values()).toEqual({ steps: {} });
  const asToken = await fetch(`${twin.url}/api/2/accounts/profile/`, { headers: { authorization: `Token ${token}` } });
  expect(asToken.status).toBe(401);
});

test('lists leave out in silence what the token may not read; what it owns it sees', async () => {
  await write('acquire', [{ template: 'pages_read', manual: false }]);
  expect((await read('attributes/')).json()).toMatchObject({ count: 0, results: [] });
  expect((await read('attributes/owned/')).json()).toMatchObject({ count: 1, results: [{ name: 'pages_read' }] });
});

test('the manners are counted: equal values, calls that fit together, syncs within the hour', async () => {
  await acquireSteps();
  await write('update', [steps(1)]);
  await write('update', [steps(1)]);
  expect(twin.counters()).toMatchObject({ unchangedItems: 1, mergeableCalls: 1, periodicSyncsWithinAnHour: 0 });
  now += 30 * MINUTE;
  await write('update', [steps(2)]);
  expect(twin.counters()).toMatchObject({ mergeableCalls: 1, periodicSyncsWithinAnHour: 1 });
  expect(twin.counters().acquires).toEqual({ steps: 1 });
});

test('a fault strikes only the endpoint it was meant for', async () => {
  twin.faults.next(1, '500', 'update');
  expect((await acquireSteps()).status).toBe(200);
  expect((await write('update', [steps(1)])).status).toBe(500);
  expect(twin.values()).toEqual({ steps: {} });
});

test('another process orders faults and reads the state', async () => {
  const order = { method: 'POST', body: JSON.stringify({ n: 1, kind: '429' }) };
  expect((await fetch(`${twin.url}/__twin/fault`, order)).status).toBe(200);
  expect((await acquireSteps()).status).toBe(429);
  expect(await (await fetch(`${twin.url}/__twin/state`)).json()).toMatchObject({ values: {}, counters: {} });
});

test('the page shows the account and needs nothing from outside', async () => {
  await acquireSteps();
  await write('update', [steps(4321)]);
  const page = await (await fetch(twin.url)).text();
  expect(page).toContain('4321');
  expect(page).not.toMatch(/(?:src|href)="https?:/);
});
