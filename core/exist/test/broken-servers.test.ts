import { Secret } from '@dayfold/runtime';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { UndiciExistGateway } from '../src/undici-exist-gateway.ts';

const TEXT = 'a-secret-access-token';
const TOKEN = new Secret(TEXT);
const steps = { name: 'steps', date: '2026-03-29', value: 4200 } as const;
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const gatewayTo = async (listener: RequestListener) =>
  new UndiciExistGateway({ url: await serve(listener), timeoutMs: 300 });

const answering = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  gatewayTo((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });

test('an answer without end is not read to the end', async () => {
  const gateway = await gatewayTo((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ success: [], failed: [], filler: 'x'.repeat(2_000_000) }));
  });
  expect(await gateway.update(TOKEN, [steps])).toMatchObject({ status: 'unclear' });
});

test('a redirect is not followed, and the token reaches no other host', async () => {
  const reached: string[] = [];
  const elsewhere = await serve((request, response) => {
    reached.push(request.headers.authorization ?? 'no token');
    response.end('{}');
  });
  const gateway = await answering(307, '', { location: `${elsewhere}/api/2/attributes/update/` });
  expect(await gateway.update(TOKEN, [steps])).toMatchObject({ status: 'unclear' });
  expect(reached).toEqual([]);
});

test('the address of the next page is never asked', async () => {
  const reached: string[] = [];
  const elsewhere = await serve((request, response) => {
    reached.push(request.url ?? '');
    response.end('{}');
  });
  const gateway = await gatewayTo((request, response) => {
    const isFirst = (request.url ?? '').includes('page=1');
    const name = isFirst ? 'steps' : 'floors';
    response.end(JSON.stringify({ count: 2, next: isFirst ? `${elsewhere}/steal` : null, results: [{ name }] }));
  });
  const owned = await gateway.owned(TOKEN);
  expect(owned).toMatchObject({ status: 'answered', requests: 2, attributes: [{ name: 'steps' }, { name: 'floors' }] });
  expect(reached).toEqual([]);
});

test('Retry-After may be a date', async () => {
  const gateway = await answering(429, '', { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() });
  const outcome = await gateway.update(TOKEN, [steps]);
  expect(outcome.status === 'limited' && (outcome.retryAfterMs ?? 0) > 3_000_000).toBe(true);
});

test('success on HTML is unclear', async () => {
  const gateway = await answering(200, '<html>all is well</html>', { 'content-type': 'text/html' });
  expect(await gateway.update(TOKEN, [steps])).toMatchObject({ status: 'unclear' });
});

test('entries about nothing that was sent are ignored and repeated ones count once', async () => {
  const stranger = { ...steps, date: '2020-01-01' };
  const gateway = await answering(200, { success: [stranger, steps, steps], failed: [stranger] });
  expect(await gateway.update(TOKEN, [steps])).toEqual({
    status: 'answered',
    accepted: [{ item: steps, result: 4200 }],
    refused: [],
    unmentioned: [],
  });
});

test('a failure under a 200 is a refusal all the same', async () => {
  const gateway = await answering(200, { success: [], failed: [{ ...steps, error_code: 'validation', error: 'no' }] });
  expect(await gateway.update(TOKEN, [steps])).toMatchObject({ refused: [{ code: 'validation', message: 'no' }] });
});

test('a token the server repeats in its complaint does not get into the message', async () => {
  const gateway = await answering(400, { detail: `Bad request with ${TEXT}` });
  const outcome = await gateway.update(TOKEN, [steps]);
  expect(outcome.status).toBe('rejected');
  expect(JSON.stringify(outcome)).not.toContain(TEXT);
});

test('a token answer without a token is unclear', async () => {
  const gateway = await answering(200, { token_type: 'Bearer' });
  expect(await gateway.refresh({ clientId: 'c', clientSecret: new Secret('s') }, new Secret('r'))).toMatchObject({
    status: 'unclear',
  });
});

test('nor does one it repeats in the reason for an item', async () => {
  const gateway = await answering(202, {
    failed: [{ ...steps, error_code: 'validation', error: `not with ${TEXT}` }],
  });
  expect(await gateway.update(TOKEN, [steps])).toMatchObject({ refused: [{ message: 'not with ***' }] });
});

test('a refresh token and the secret of the client stay out of messages', async () => {
  const gateway = await answering(400, { error: 'invalid_request', detail: 'the-refresh-token the-client-secret' });
  const outcome = await gateway.refresh(
    { clientId: 'c-1', clientSecret: new Secret('the-client-secret') },
    new Secret('the-refresh-token'),
  );
  expect(outcome).toMatchObject({ status: 'rejected' });
  expect(JSON.stringify(outcome)).not.toMatch(/the-refresh-token|the-client-secret/);
});

test('nor do they in the form that they were sent in', async () => {
  const gateway = await gatewayTo((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => response.writeHead(400).end(JSON.stringify({ detail: `cannot read ${body}` })));
  });
  const client = { clientId: 'c-1', clientSecret: new Secret('the client/secret') };
  const outcome = await gateway.exchangeCode(client, 'the code=', 'http://localhost/');
  expect(outcome).toMatchObject({ status: 'rejected' });
  expect(JSON.stringify(outcome)).not.toMatch(/the.client|the.code/);
});

test('36 items are a mistake of the caller and none is sent; no items need no request', async () => {
  let requests = 0;
  const gateway = await gatewayTo((_request, response) => {
    requests += 1;
    response.end('{}');
  });
  await expect(
    gateway.update(
      TOKEN,
      Array.from({ length: 36 }, () => steps),
    ),
  ).rejects.toThrow(/at most 35/);
  expect(await gateway.update(TOKEN, [])).toMatchObject({ status: 'answered', accepted: [] });
  expect(requests).toBe(0);
});
