import { ConfigInvalid, InboundRoutes, LoginRequired } from '@dayfold/runtime';
import type { DaysFilter, Engine } from '@dayfold/runtime';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlApi } from '../src/control-api.ts';
import { ControlClient, WebServer } from '../src/index.ts';
import { idleEngine } from './idle-engine.ts';

const silent = { error: () => undefined };
let folder: string;
let socket: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayfold-web-'));
  socket = join(folder, 'daemon.sock');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A client of a server over the socket in the folder. */
async function asking(engine: Engine, ask: (client: ControlClient) => Promise<void>): Promise<void> {
  const server = new WebServer(engine, new InboundRoutes(), { host: '127.0.0.1', port: 0, names: [], socket }, silent);
  await server.start();
  try {
    await ask(new ControlClient(socket));
  } finally {
    await server.stop();
  }
}

async function onSocket(server: Server, ask: (client: ControlClient) => Promise<void>): Promise<void> {
  server.listen(socket);
  await once(server, 'listening');
  try {
    await ask(new ControlClient(socket));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a request that is far too long for any command is refused', async () => {
  const taken: string[] = [];
  const api = controlApi(
    idleEngine({
      connectToken: async (_account, text) => {
        taken.push(text);
        return await Promise.reject(new ConfigInvalid('no token'));
      },
    }),
  );
  const send = async (text: string): Promise<[number, unknown]> => {
    const body = JSON.stringify({ account: 'me', text });
    const answer = await api.request('/api/connect/token', { method: 'POST', body });
    return [answer.status, await answer.json()];
  };
  expect(await send('x'.repeat(70_000))).toEqual([400, { error: 'expected less than 64 KB', code: 'config.invalid' }]);
  expect(taken).toEqual([]);
  expect(await send('x'.repeat(60_000))).toEqual([400, { error: 'no token', code: 'config.invalid' }]);
});

test('an error of the daemon keeps its code and its message', async () => {
  const engine = idleEngine({
    plan: async () => await Promise.reject(new ConfigInvalid('there is no account "mee"')),
    sync: async () => await Promise.reject(new LoginRequired('log in again')),
    release: async () => await Promise.reject(new TypeError('x is undefined')),
  });
  await asking(engine, async (client) => {
    await expect(client.plan('mee')).rejects.toMatchObject({
      code: 'config.invalid',
      message: 'there is no account "mee"',
    });
    await expect(client.sync(undefined)).rejects.toMatchObject({ code: 'exist.login_required' });
    await expect(client.release('steps')).rejects.toMatchObject({ code: 'invariant.broken' });
  });
});

test('questions are checked where they come in', async () => {
  const asked: DaysFilter[] = [];
  const api = controlApi(
    idleEngine({
      days: async (filter) => {
        asked.push(filter);
        return await Promise.resolve([]);
      },
    }),
  );
  expect((await api.request('/api/days?attribute=steps&from=yesterday&to=2026-03-29')).status).toBe(200);
  expect(asked).toEqual([{ attribute: 'steps', from: 'yesterday', to: '2026-03-29' }]);
  for (const wrong of ['/api/days?from=2026-02-31', '/api/days?form=today', '/api/explain/steps/tomorrow']) {
    const answer = await api.request(wrong);
    expect(answer.status, wrong).toBe(400);
    expect(await answer.json(), wrong).toMatchObject({ code: 'config.invalid' });
  }
  for (const body of ['{"acount":"me"}', 'me', '{"account":7}'])
    expect((await api.request('/api/sync', { method: 'POST', body })).status, body).toBe(400);
});

test('a daemon that ends in the middle of an answer is told as such', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"running":', () => response.destroy());
  });
  await onSocket(server, async (client) => {
    await expect(client.status()).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('the daemon ended before its answer was complete') as string,
    });
  });
  await onSocket(
    createServer((_request, response) => response.writeHead(500).end('"out of order"')),
    async (client) => {
      await expect(client.status()).rejects.toMatchObject({
        code: 'not_ready',
        message: expect.stringContaining('500') as string,
      });
    },
  );
});

test('a socket that nobody listens on is no daemon', async () => {
  expect(await new ControlClient(socket).isAlive()).toBe(false);
  await asking(idleEngine(), async (client) => expect(await client.isAlive()).toBe(true));
  expect(await new ControlClient(socket).isAlive()).toBe(false);
});

test('the socket is for its owner alone, and goes with the daemon', async () => {
  await asking(idleEngine(), async () => {
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
  });
  await expect(stat(socket)).rejects.toThrow('ENOENT');
});

test('a path that is too long for a socket says what to do', async () => {
  const deep = join(folder, 'x'.repeat(120), 'daemon.sock');
  const server = new WebServer(
    idleEngine(),
    new InboundRoutes(),
    { host: '127.0.0.1', port: 0, names: [], socket: deep },
    silent,
  );
  await expect(server.start()).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('name a shorter folder with --data') as string,
  });
});
