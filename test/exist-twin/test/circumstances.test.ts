import { startExistTwin } from '@dayfold/exist-twin';
import type { ExistTwin } from '@dayfold/exist-twin';
import { afterEach, beforeEach, expect, test } from 'vitest';

const NOW = Date.parse('2026-03-29T12:00:00Z');

let twin: ExistTwin;
let headers: Record<string, string>;

beforeEach(async () => {
  twin = await startExistTwin({ now: () => NOW, seed: 1 });
  const { access_token } = twin.issueToken({ scopes: ['activity_read', 'activity_write'] });
  headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
});
afterEach(async () => await twin.close());

async function read(path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${twin.url}/api/2/${path}`, { headers })).json()) as Record<string, unknown>;
}

async function write(endpoint: string, items: readonly unknown[]): Promise<Record<string, unknown>> {
  const request = { method: 'POST', headers, body: JSON.stringify(items) };
  return (await (await fetch(`${twin.url}/api/2/attributes/${endpoint}/`, request)).json()) as Record<string, unknown>;
}

test('a person may move: the profile says the new zone and the days are counted in it', async () => {
  const order = { method: 'POST', body: JSON.stringify({ timezone: 'Pacific/Auckland' }) };
  expect(await (await fetch(`${twin.url}/__twin/profile`, order)).json()).toEqual({ timezone: 'Pacific/Auckland' });
  expect(await read('accounts/profile/')).toMatchObject({
    timezone: 'Pacific/Auckland',
    local_time: '2026-03-30T01:00:00.000000+13:00',
  });
  expect(() => {
    twin.timezone = 'Middle/Earth';
  }).toThrow(RangeError);
  expect(twin.timezone).toBe('Pacific/Auckland');
});

test('an attribute that another service fills shows whose it is, until it is acquired', async () => {
  twin.fill('steps', 'oura', 'Oura');
  const shown = async () => (await read('attributes/'))['results'];
  expect(await shown()).toMatchObject([{ name: 'steps', active: true, service: { name: 'oura', label: 'Oura' } }]);
  await write('acquire', [{ template: 'steps', manual: false }]);
  expect(await shown()).toMatchObject([{ name: 'steps', service: { name: twin.client.service } }]);
});

test('days before the oldest that is taken are refused for their date', async () => {
  await write('acquire', [{ template: 'steps', manual: false }]);
  const steps = (date: string) => ({ name: 'steps', date, value: 1 });
  twin.account.oldestDay = '2026-03-01';
  const { success, failed } = await write('update', [steps('2026-03-01'), steps('2026-02-28')]);
  expect(success).toMatchObject([{ date: '2026-03-01' }]);
  expect(failed).toMatchObject([{ error_code: 'validation', error: 'Date 2026-02-28 is too far in the past' }]);
});

test('a request that hangs before it is applied changes nothing, and the test is told when it came', async () => {
  await using twin = await startExistTwin();
  const { access_token } = twin.issueToken({ scopes: ['food_write'] });
  twin.faults.next(1, 'hang-before', 'create');
  const abort = new AbortController();
  const asked = fetch(`${twin.url}/api/2/attributes/create/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}` },
    body: JSON.stringify([{ label: 'Fridge opens', group: 'food', value_type: 0 }]),
    signal: abort.signal,
  });
  await twin.faults.struck();
  abort.abort();
  await expect(asked).rejects.toThrow('aborted');
  expect(twin.counters().creates).toEqual({});
});
