import { until } from '@dayfold/sdk/testing';
import { connectAsync } from 'mqtt';
import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import { freePort } from '../../../core/cli/test/loopback.ts';
import { configurationOf } from '../src/configuration-of.ts';
import { rawAnswer } from '../src/raw-request.ts';
import { sourceSays } from '../src/source-says.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const series = { v: { topic: 'v' } };
/** Addresses of a hosted broker that others reach. */
const OPEN = ['0.0.0.0', '::', '127.0.0.1.example.com', '192.168.0.2', '0', '::ffff:0.0.0.0'];
const others = Object.values(networkInterfaces())
  .flat()
  .filter((each) => each !== undefined && each.family === 'IPv4' && !each.internal)
  .map((each) => each?.address ?? '');

let folder: Folder;
let daemon: RunningDaemon;
let guarded: number;
let open: number;

beforeAll(async () => {
  guarded = await freePort();
  open = await freePort();
  folder = await Folder.with({
    'dayfold.yaml': configurationOf({
      ...Object.fromEntries(
        OPEN.map((host, index) => [`open_${index}`, { plugin: 'mqtt', broker: { host, port: open }, series }]),
      ),
      half: { plugin: 'mqtt', broker: { host: '0.0.0.0', port: open, user: 'anna' }, series },
      guarded: {
        plugin: 'mqtt',
        broker: { host: '0.0.0.0', port: guarded, user: 'anna', password: 'right' },
        user: 'anna',
        password: 'right',
        series,
      },
    }),
  });
  daemon = await RunningDaemon.in(folder);
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test.each([
  ...OPEN.map((host, index) => [host, `open_${index}`] as const),
  ['0.0.0.0 with a user alone', 'half'] as const,
])('a hosted broker at %s without a password is not opened, and told', async (_host, name) => {
  const report = await sourceSays(daemon.control, name, /set broker\.user and broker\.password/);
  expect(report).toMatchObject({ state: 'invalid', readings: 0 });
});

test('nobody listens there', async () => {
  await expect(
    connectAsync(`mqtt://127.0.0.1:${open}`, { reconnectPeriod: 0, connectTimeout: 2000 }),
  ).rejects.toThrow();
});

test.each([
  ['nothing', {}],
  ['a user alone', { username: 'anna' }],
  ['a wrong password', { username: 'anna', password: 'wrong' }],
  ['no password at all', { username: 'anna', password: '' }],
  ['half of the password', { username: 'anna', password: 'righ' }],
  ['more than the password', { username: 'anna', password: 'right\0' }],
  ['another user', { username: 'Anna', password: 'right' }],
  ['a password of 64 KB', { username: 'anna', password: 'x'.repeat(65_000) }],
])('with %s nobody is let into the one with a password', async (_what, login) => {
  await sourceSays(daemon.control, 'guarded', /"state":"running"/);
  await expect(connectAsync(`mqtt://127.0.0.1:${guarded}`, { ...login, reconnectPeriod: 0 })).rejects.toThrow(
    /[Nn]ot authorized|Bad username or password|closed|ECONNRESET/,
  );
});

test('with user and password one is', async () => {
  const client = await connectAsync(`mqtt://127.0.0.1:${guarded}`, { username: 'anna', password: 'right' });
  await client.publishAsync('v', '1', { qos: 1 });
  await client.endAsync(true);
  await sourceSays(daemon.control, 'guarded', /"readings":1\b/);
});

test.skipIf(others.length === 0)(
  'the web address is that of this machine alone (skipped without a network)',
  async () => {
    const port = Number(new URL(daemon.url).port);
    for (const host of others) {
      let ended = '';
      const socket = connect(port, host)
        .on('connect', () => (ended = 'connected'))
        .on('error', ({ message }) => (ended = message));
      await until(() => ended !== '');
      socket.destroy();
      expect(ended).toMatch(/ECONNREFUSED/);
    }
  },
);

test('the control socket and all beside it are for one user', () => {
  const data = join(folder.path, 'data');
  for (const name of ['', ...readdirSync(data)]) expect(statSync(join(data, name)).mode & 0o077, name).toBe(0);
  expect(statSync(join(data, 'daemon.sock')).isSocket()).toBe(true);
});

test.skipIf(process.getuid?.() !== 0)('another user is not let onto the control socket (skipped unless root)', () => {
  const code = `require('node:net').connect('data/daemon.sock').on('connect', () => process.exit(3)).on('error', ({ code }) => console.log(code))`;
  const ask = () =>
    spawnSync(process.execPath, ['-e', code], { cwd: folder.path, uid: 65_534, gid: 65_534, encoding: 'utf8' });
  chmodSync(folder.path, 0o755);
  expect(ask()).toMatchObject({ status: 0, stdout: 'EACCES\n' });
  // Nor where the folder around it was opened by mistake.
  chmodSync(join(folder.path, 'data'), 0o755);
  expect(ask()).toMatchObject({ status: 0, stdout: 'EACCES\n' });
  chmodSync(join(folder.path, 'data'), 0o700);
});

test.each(['/', '/healthz', '/metrics', '/connect/callback?error=x', '/nowhere', '/in/nobody'])(
  'what is answered at %s runs, frames and tells nothing in a browser',
  async (path) => {
    const port = Number(new URL(daemon.url).port);
    const answer = (
      await rawAnswer(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    ).toLowerCase();
    for (const header of [
      "content-security-policy: default-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      'x-content-type-options: nosniff',
      'x-frame-options: deny',
      'referrer-policy: no-referrer',
      'cross-origin-resource-policy: same-origin',
    ])
      expect(answer, header).toContain(header);
    expect(answer).not.toMatch(/^(?:server|x-powered-by|set-cookie|access-control-[a-z-]+):/m);
  },
);

test('the container runs as nobody in particular, may write to little and take little', () => {
  const { services } = parse(readFileSync(join(ROOT, 'docker/compose.yaml'), 'utf8')) as {
    services: Record<string, Record<string, unknown>>;
  };
  expect(services['dayfold']).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    tmpfs: ['/tmp'],
    mem_limit: '1g',
    pids_limit: 128,
    ports: ['127.0.0.1:8373:8373'],
    volumes: ['./config:/config:ro', 'dayfold-data:/data'],
  });
  expect(JSON.stringify(services)).not.toMatch(/docker\.sock|privileged":true|"host"/);
  const image = readFileSync(join(ROOT, 'docker/Dockerfile'), 'utf8');
  expect(image).toMatch(/^USER node$/m);
  expect(image).toMatch(/^HEALTHCHECK /m);
  expect(image).not.toMatch(/^USER root|ADD https?:|curl .*\| *sh/m);
});

test('no package runs a script of its own while it is installed', () => {
  expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toContain('ignore-scripts=true');
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { hasInstallScript?: boolean; integrity?: string; link?: boolean }>;
  };
  const named = Object.entries(packages).filter(([name, { link }]) => name.includes('node_modules/') && link !== true);
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  expect(named.filter(([, { integrity }]) => integrity === undefined)).toEqual([]);
});
