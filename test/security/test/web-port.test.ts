import { startExistTwin } from '@dayfold/exist-twin';
import type { ExistTwin } from '@dayfold/exist-twin';
import { until } from '@dayfold/sdk/testing';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import { freePort } from '../../../core/cli/test/loopback.ts';
import { rawAnswer, rawStatus } from '../src/raw-request.ts';

const TOKEN = 'hook-token-of-this-test';
const OWN = 'Host: 127.0.0.1\r\nConnection: close\r\n';

let twin: ExistTwin;
let folder: Folder;
let daemon: RunningDaemon;
let port: number;
/** Opened first, for what ends by time: they send a beginning and then nothing. */
let slow: readonly { readonly what: string; readonly closed: Promise<unknown> }[];

beforeAll(async () => {
  port = await freePort();
  twin = await startExistTwin({ redirectUris: [callback()] });
  folder = await Folder.with({
    'dayfold.yaml': `timezone: UTC
web: { port: ${port} }
journal: { commit_every: 20ms }
exist: { url: ${twin.url}, client_id: ${twin.client.clientId}, client_secret: ${twin.client.clientSecret} }
sources:
  hook: { plugin: webhook, name: hook, token: ${TOKEN}, series: { mood: { value: mood } } }
attributes:
  mood_now: { from: hook.mood, fold: last, label: Mood now, group: mood, type: float }
`,
  });
  daemon = await RunningDaemon.in(folder);
  slow = [
    stuck('nothing', ''),
    stuck('half a header', `GET /healthz HTTP/1.1\r\n${OWN}X-Slow: `),
    stuck('half a body', `POST /in/hook HTTP/1.1\r\n${OWN}X-Token: ${TOKEN}\r\nContent-Length: 100\r\n\r\n{"mood"`),
  ];
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  await twin.close();
});

test('a request under a foreign name, two names or none is turned away on every route', async () => {
  const foreign = [
    'Host: evil.example',
    'Host: localhost.evil.example',
    'Host: 127.0.0.1.nip.io',
    'Host: a@localhost',
    'Host: localhost:80@evil.example',
    'Host: localhost/evil',
    'Host: ',
    'Host: localhost\r\nHost: evil.example',
    'Host: evil.example\r\nHost: localhost',
    'X-Forwarded-Host: localhost\r\nHost: evil.example',
    '',
  ];
  for (const path of ['/', '/healthz', '/metrics', '/connect/callback?code=a&state=b', '/in/hook', '/nowhere'])
    for (const host of foreign)
      expect(
        await rawStatus(port, `GET ${path} HTTP/1.1\r\n${host}${host === '' ? '' : '\r\n'}Connection: close\r\n\r\n`),
        `${path} ${host}`,
      ).toBeOneOf([400, 421]);
  const absolute = `GET http://evil.example/healthz HTTP/1.1\r\n${OWN}\r\n`;
  expect(await rawStatus(port, absolute)).toBeOneOf([400, 421]);
});

test('names of this machine are answered', async () => {
  for (const host of ['127.0.0.1', `[::1]:${port}`, `LOCALHOST.:${port}`, 'nas.local', '192.168.1.5'])
    expect(await rawStatus(port, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`), host).toBe(
      200,
    );
});

test('a page elsewhere changes nothing here, whatever it sends', async () => {
  const crossSite = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' };
  const body = '{"mood":1}';
  for (const path of ['/api/sync', '/api/connect/token', '/api/release', '/connect/callback'])
    expect((await ask(path, { method: 'POST', headers: crossSite, body })).status, path).toBe(405);
  for (const method of ['OPTIONS', 'PUT', 'DELETE', 'PATCH'])
    expect((await ask('/api/sync', { method })).status, method).toBe(405);
  for (const path of ['/api/restart', '/api/status', '/api/days']) expect((await ask(path)).status, path).toBe(404);
  for (const origin of ['null', 'https://evil.example'])
    expect((await ask('/in/hook', { method: 'POST', headers: { ...crossSite, origin }, body })).status).toBe(401);
  const answer = await ask('/metrics', { headers: crossSite });
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  const upgrade = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  const socket = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\nConnection: upgrade, close\r\n${upgrade}\r\n`;
  expect(await rawStatus(port, socket)).not.toBe(101);
  const [source] = (await daemon.control.status()).sources;
  expect(source).toMatchObject({ readings: 0, state: 'running' });
});

test('a login is finished once, with the state that was begun here, and what it says is shown as text', async () => {
  const begun = async (): Promise<URL> => {
    const { url } = await daemon.control.connectBegin('me');
    const answer = await fetch(`${url}&approve=1`, { redirect: 'manual' });
    return new URL(answer.headers.get('location') ?? '');
  };
  const back = async (query: string): Promise<Response> => await ask(`/connect/callback?${query}`);
  const exchanges = (): number => twin.counters().requests['access_token'] ?? twin.counters().requests['exchange'] ?? 0;

  const markup = '<script>alert(1)</script>';
  const { searchParams: first } = await begun();
  const refused = await back(`error=${encodeURIComponent(markup)}&state=${first.get('state')}`);
  const page = await refused.text();
  expect([refused.status, page.includes('&lt;script&gt;'), page.includes('<script')]).toEqual([400, true, false]);
  expect(refused.headers.get('content-security-policy')).toContain("default-src 'none'");

  const { searchParams: second } = await begun();
  const code = second.get('code') ?? '';
  const attempts = [
    `code=${code}`,
    `code=${code}&state=`,
    `code=${code}&state=${first.get('state')}`,
    `code=${code}&state=__proto__`,
    `code=${code}&state=${second.get('state')}x`,
    `code=&state=x`,
    '',
  ];
  for (const query of attempts) expect((await back(query)).status, query).toBe(400);
  const huge = `GET /connect/callback?code=${'c'.repeat(1_000_000)}&state=x HTTP/1.1\r\n${OWN}\r\n`;
  expect(await rawStatus(port, huge)).toBeOneOf([0, 400, 414, 431]);
  const elsewhere = `GET /connect/callback?${second.toString()} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
  expect(await rawStatus(port, elsewhere)).toBe(421);
  expect((await daemon.control.status()).accounts).toMatchObject([{ connected: false }]);

  const both = await Promise.all([back(second.toString()), back(second.toString())]);
  expect(both.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 400]);
  expect((await back(second.toString())).status).toBe(400);
  expect((await daemon.control.status()).accounts).toMatchObject([{ connected: true }]);
  expect(exchanges()).toBeLessThanOrEqual(1);
  for (const secret of [code, second.get('state') ?? '', first.get('state') ?? ''])
    expect(daemon.log).not.toContain(secret);
});

test('requests that are too large, that lie about their length or that are no HTTP end by themselves', async () => {
  const get = `GET /healthz HTTP/1.1\r\n${OWN}`;
  const post = `POST /in/hook HTTP/1.1\r\n${OWN}X-Token: ${TOKEN}\r\n`;
  const chunked = `${post}Transfer-Encoding: chunked\r\n`;
  const refused: readonly [what: string, request: string, statuses: readonly number[]][] = [
    ['a header of 64 KB', `${get}User-Agent: ${'x'.repeat(65_536)}\r\n\r\n`, [0, 431]],
    ['2,000 headers of 10 bytes', `${get}${'X-A: 12345\r\n'.repeat(2000)}\r\n`, [0, 431]],
    ['a body that says it is 2 MB', `${post}Content-Length: 2000000\r\n\r\n{`, [413]],
    ['chunks of 2 MB', `${chunked}\r\n${`40000\r\n${'1'.repeat(0x40000)}\r\n`.repeat(8)}0\r\n\r\n`, [0, 413]],
    ['a chunk that is not as long as it says', `${chunked}\r\nFFFFFF\r\n{"mood":1}`, [0, 400, 413]],
    ['a chunk whose length is none', `${chunked}\r\n-5\r\n{"mood":1}\r\n0\r\n\r\n`, [0, 400]],
    ['a chunk of 2^64 bytes', `${chunked}\r\n10000000000000000\r\n{"mood":1}`, [0, 400, 413]],
    ['a length and chunks', `${chunked}Content-Length: 5\r\n\r\n0\r\n\r\n`, [400]],
    ['two lengths', `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345`, [400]],
    ['a negative length', `${post}Content-Length: -1\r\n\r\n`, [400]],
    ['a line break in a header', `${get}X: a\rb\r\n\r\n`, [400]],
    ['no HTTP', 'SSH-2.0-x\r\n\r\n', [400]],
    ['a proxy request', 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n', [0, 400, 405]],
  ];
  for (const [what, request, statuses] of refused)
    expect(await rawStatus(port, request), what).toBeOneOf([...statuses]);
  for (const [, request] of refused) expect(await rawAnswer(port, request)).not.toMatch(/\n\s+at |node:|\.ts\b/);
  expect((await daemon.control.status()).sources).toMatchObject([{ readings: 0 }]);
  expect((await ask('/healthz')).status).toBe(200);
});

test('tokens of a webhook cannot be guessed at speed, and the log holds none of them', async () => {
  const statuses: number[] = [];
  for (let guess = 0; guess < 60; guess += 1)
    statuses.push((await ask(`/in/hook?token=guess-${guess}`, { method: 'POST', body: '{"mood":1}' })).status);
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(20);
  expect(statuses.at(-1)).toBe(429);
  // Sent over another address of this machine: who guesses shuts out nobody else.
  const device = request({
    host: '127.0.0.1',
    localAddress: '127.0.0.2',
    port,
    path: '/in/hook',
    method: 'POST',
    headers: { 'x-token': TOKEN, connection: 'close' },
  });
  device.end('{"mood":1}');
  const [answer] = (await once(device, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(202);
  expect((await ask('/in/hook', { method: 'POST', headers: { 'x-token': TOKEN }, body: '{"mood":1}' })).status).toBe(
    429,
  );
  expect(daemon.log).not.toMatch(/guess-\d|hook-token/);
});

test('of a thousand idle connections few are taken, the control socket answers, and those are let go', async () => {
  const idle = Array.from({ length: 1000 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  let open = idle.length;
  for (const socket of idle) socket.resume().on('close', () => (open -= 1));
  await until(() => open <= 256);
  expect((await daemon.control.status()).running).toBe(true);
  for (const { what, closed } of slow) await expect(closed, what).resolves.toBeDefined();
  await until(() => open === 0);
  expect((await ask('/healthz')).status).toBe(200);
});

function stuck(what: string, beginning: string): { readonly what: string; readonly closed: Promise<unknown> } {
  const socket: Socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write(beginning);
  return { what, closed: once(socket.resume(), 'close') };
}

function callback(): string {
  return `http://localhost:${port}/connect/callback`;
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}${path}`, init);
}
