import { InboundRoutes } from '@dayfold/runtime';
import { until } from '@dayfold/sdk/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebServer } from '../src/index.ts';
import { idleEngine } from './idle-engine.ts';

const silent = { error: () => undefined };
const inbound = new InboundRoutes();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayfold-web-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function server(engine = idleEngine()): WebServer {
  const socket = join(folder, 'daemon.sock');
  return new WebServer(engine, inbound, { host: '127.0.0.1', port: 0, names: [], socket }, silent);
}

/** The first line of the answer to a request that no client would send. */
async function statusLine(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(request);
  return (await text(socket)).split('\r\n')[0]!;
}

test('what is being answered at the stop is answered, and nothing new is taken', async () => {
  const { promise: status, resolve } = Promise.withResolvers<never>();
  let asked = 0;
  const web = server(
    idleEngine({
      status: async () => {
        asked += 1;
        return await status;
      },
    }),
  );
  await web.start();
  const { address } = web;
  const metrics = fetch(`${address}/metrics`);
  await until(() => asked === 1);
  web.mark('stopping');
  const stopped = web.stop();
  resolve({ sources: [], accounts: [], problems: [] } as never);
  expect((await metrics).status).toBe(200);
  await stopped;
  await expect(fetch(`${address}/healthz`)).rejects.toThrow('fetch failed');
});

test('requests that are no HTTP, nameless or too large in their headers are refused, and the server goes on', async () => {
  const web = server();
  await web.start();
  const { address } = web;
  const host = 'Host: 127.0.0.1\r\n';
  expect(await statusLine(address, 'GET /healthz HTTP/1.1\r\n\r\n')).toContain('400');
  expect(await statusLine(address, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/ 4\d\d /);
  expect(await statusLine(address, `GET /healthz HTTP/1.1\r\n${host}X: ${'x'.repeat(17_000)}\r\n\r\n`)).toContain(
    '431',
  );
  expect(await statusLine(address, `TRACE /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).toMatch(
    / [45]\d\d /,
  );
  const foreign = 'Host: attacker.example\r\nConnection: close\r\n';
  expect(await statusLine(address, `GET /healthz HTTP/1.1\r\n${foreign}\r\n`)).toContain('421');
  expect(await statusLine(address, 'what?\r\n\r\n')).toContain('400');
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
  await web.stop();
});
