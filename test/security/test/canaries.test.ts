import { Secret } from '@dayfold/runtime';
import { openSqliteStore } from '@dayfold/store-sqlite';
import { createRequire } from 'node:module';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import type { Ended } from '../../../core/cli/test/command.ts';
import { freePort } from '../../../core/cli/test/loopback.ts';
import { Canaries } from '../src/canaries.ts';
import { startEchoServer } from '../src/echo-server.ts';
import type { EchoServer } from '../src/echo-server.ts';

const ZOD = pathToFileURL(createRequire(import.meta.url).resolve('zod')).href;

/** Shows all it was told, in every way it has. */
const TALKATIVE = `import { z } from ${JSON.stringify(ZOD)};
const service = (name) => Symbol.for('@dayfold/sdk/' + name);
export default {
  api: 1,
  name: 'talkative',
  config: z.looseObject({}),
  inject: ['Logger', 'Health', 'Secrets'].map(service),
  source: (config, logger, health, secrets) => ({
    async start() {
      const all = JSON.stringify(config) + ' ' + (await secrets.get('any'));
      const forms = [all, encodeURIComponent(all), Buffer.from('u:' + (await secrets.get('any'))).toString('base64')].join(' ');
      logger.error('told ' + forms, { forms, error: new Error(forms) });
      health.misfit('misfit ' + forms, forms);
      health.degraded('degraded ' + forms);
      setTimeout(() => { throw new Error('thrown later ' + forms); });
      void Promise.reject(new Error('rejected ' + forms));
      throw new Error('thrown ' + forms);
    },
    async probe() { throw new Error('probe ' + JSON.stringify(config) + (await secrets.get('any'))); },
  }),
};
`;

const canaries = new Canaries();
let echo: EchoServer;
let folder: Folder;
let daemon: RunningDaemon;
const env = { KANARI_ENV: canaries.of('environment') };

beforeAll(async () => {
  const port = await freePort();
  const hosted = await freePort();
  echo = await startEchoServer();
  const to = `127.0.0.1:${echo.port}`;
  const quoted = (place: string): string => JSON.stringify(canaries.of(place));
  const inUrl = (place: string): string => encodeURIComponent(canaries.of(place));
  const series = 'series: { a: { value: a } }';
  folder = await Folder.with({
    'talkative.mjs': TALKATIVE,
    'small.yaml': `timezone: UTC\nweb: { port: 0 }\nexist: { url: "http://${to}", client_id: a, client_secret: "\${KANARI_ENV}" }\n`,
    'secrets.yaml': `inner: ${quoted('file')}\n`,
    'dayfold.yaml': `timezone: UTC
web: { port: ${port} }
journal: { commit_every: 20ms }
exist:
  url: http://${to}
  accounts:
    me: { client_id: ${quoted('client id')}, client_secret: ${quoted('client secret')} }
    you: { client_id: "\${KANARI_ENV}", client_secret: !secret inner }
sources:
  broker: { plugin: mqtt, url: "mqtt://127.0.0.1:1", user: anna, password: ${quoted('mqtt')}, series: { a: { topic: a } } }
  hosted: { plugin: mqtt, broker: { port: ${hosted}, user: anna, password: ${quoted('hosted broker')} }, series: { a: { topic: a } } }
  userinfo: { plugin: mqtt, url: "mqtt://anna:${inUrl('userinfo')}@127.0.0.1:1", series: { a: { topic: a } } }
  bearer: { plugin: http, url: "http://${to}/?appid=${inUrl('query')}", auth: { bearer: ${quoted('bearer')} }, allow_private: true, ${series} }
  basic: { plugin: http, url: "http://${to}/", auth: { user: anna, password: ${quoted('basic')} }, allow_private: true, ${series} }
  header: { plugin: http, url: "http://${to}/", headers: { X-Innocent: ${quoted('header')} }, allow_private: true, ${series} }
  body: { plugin: http, url: "http://${to}/", method: POST, body: { login: ${quoted('body')} }, allow_private: true, ${series} }
  variable: { plugin: http, url: "http://${to}/", auth: { bearer: "\${KANARI_ENV}" }, allow_private: true, ${series} }
  hook: { plugin: webhook, name: hook, token: ${quoted('webhook')}, series: { mood: { value: mood } } }
  custom: { plugin: ./talkative.mjs, secrets: { any: ${quoted('plugin')} }, api_key: ${quoted('key')}, deep: [{ password: ${quoted('deep')} }] }
attributes:
  mood_now: { from: hook.mood, fold: last, label: Mood now, group: mood, type: float, account: me }
`,
  });
  await connected('me');
  daemon = await RunningDaemon.in(folder, ['--debug', '--log-json'], { env });
  const { control, url } = daemon;
  for (const token of ['wrong', canaries.of('webhook')])
    await fetch(`${url}/in/hook?token=${encodeURIComponent(token)}`, {
      method: 'POST',
      body: '{"mood":"not a number"}',
    });
  await fetch(`${url}/in/hook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${canaries.of('webhook')}` },
    body: '{"mood":4}',
  });
  await daemon.untilLog('an error that nothing caught: rejected');
  await daemon.untilLog('an error that nothing caught: thrown later');
  await control.sync('me').catch(() => undefined);
  // The server has seen what the complaints of the sources are about.
  for (const place of ['bearer', 'header', 'body']) await daemon.untilLog(`source ${place}: `);
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  await echo[Symbol.asyncDispose]();
});

test('the other side sees the secrets and repeats them, so that there is something to hide', () => {
  expect(canaries.seenIn(echo.seen())).toEqual(
    expect.arrayContaining(['query', 'bearer', 'basic', 'header', 'body', 'environment', 'access']),
  );
});

test('no secret is in the log, with every detail on, nor in errors that nobody caught', async () => {
  expect(canaries.seenIn(daemon.log)).toEqual([]);
  expect(daemon.log).toContain('answered 400');
});

test('no secret is in what the daemon answers', async () => {
  const { control, url } = daemon;
  const answers: unknown[] = [await control.status(), await control.days({}), await control.plan('me')];
  const said = async (asked: Promise<unknown>): Promise<void> =>
    void answers.push(await asked.catch((error: unknown) => String(error)));
  await said(control.sync('me'));
  await said(control.examine('me'));
  await said(control.connectToken('you', canaries.of('pasted')));
  await said(
    control.connectToken('you', `{"access_token":${JSON.stringify(canaries.of('pasted'))},"refresh_token":1}`),
  );
  const { searchParams } = new URL((await control.connectBegin('you')).url);
  const query = new URLSearchParams({ state: searchParams.get('state') ?? '', code: canaries.of('code') });
  for (const path of ['/', '/metrics', `/connect/callback?${query.toString()}`, '/nowhere', '/in/hook'])
    answers.push(await (await fetch(`${url}${path}`)).text());
  const text = JSON.stringify(answers);
  expect(text).toContain('answered 400');
  expect(canaries.seenIn(text)).toEqual([]);
  expect(canaries.seenIn(daemon.log)).toEqual([]);
});

test('no secret is in what the commands print, or in the diagnostics file', async () => {
  const run = async (...args: string[]): Promise<Ended> => await folder.run(args, { env });
  const ended = await Promise.all([
    run('status'),
    run('status', '--json'),
    run('days', '--json'),
    run('plan', '--json'),
    run('explain', 'mood_now', 'today', '--json'),
    run('schema'),
    run('check', '--json'),
    run('check', '--connect', '--json', '--debug'),
    run('doctor', '--json', '--bundle', 'bundle.json'),
  ]);
  const printed = ended.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  expect(printed).toContain('answered 400');
  expect(canaries.seenIn(printed)).toEqual([]);
  const bundle = readFileSync(join(folder.path, 'bundle.json'), 'utf8');
  expect(bundle).toContain('answered 400');
  expect(canaries.seenIn(bundle)).toEqual([]);
});

test('no secret is in a backup: neither in one without secrets, nor readable in one with them', async () => {
  await folder.write('passphrase', `${canaries.of('passphrase')}\n`);
  for (const [name, args] of [
    ['plain.tar.gz', ['--no-secrets']],
    ['whole.tar.gz.age', ['--passphrase-file', 'passphrase']],
  ] as const) {
    const { status, stdout, stderr } = await folder.run(['backup', name, ...args], { env });
    expect([name, status, stderr]).toEqual([name, 0, '']);
    expect(canaries.seenIn(stdout + stderr)).toEqual([]);
    const file = join(folder.path, name);
    expect(statSync(file).mode & 0o077).toBe(0);
    const packed = readFileSync(file);
    expect(canaries.seenIn(packed.toString('latin1'))).toEqual([]);
    if (name.endsWith('.gz')) {
      const unpacked = gunzipSync(packed).toString('latin1');
      expect(unpacked).toContain('mood_now');
      expect(canaries.seenIn(unpacked)).toEqual([]);
    }
  }
});

test('a mistake in the configuration shows no secret, whatever part of it is wrong', async () => {
  const file = readFileSync(join(folder.path, 'dayfold.yaml'), 'utf8');
  const spoilt = file
    .replace('commit_every: 20ms', `commit_every: ${JSON.stringify(canaries.of('misplaced'))}`)
    .replaceAll('plugin: http', 'plugin: http, every: 1ms, tokn: x')
    .replace('user: anna', 'user: [anna]')
    .replace(/password: (".+?"), series: \{ a: \{ topic: a/, 'password: [$1], series: { a: { topic: a+');
  await folder.write('spoilt.yaml', spoilt);
  await folder.write('torn.yaml', file.replace('client_id: "', 'client_id: ["'));
  for (const name of ['spoilt.yaml', 'torn.yaml']) {
    const { status, stdout, stderr } = await folder.run(['check', '--json', '--config', name], { env });
    expect([name, status]).toEqual([name, 2]);
    expect(JSON.parse(stdout)).toMatchObject({ valid: false });
    expect(canaries.seenIn(stdout + stderr).filter((place) => place !== 'misplaced')).toEqual([]);
  }
});

test('no secret is among the arguments of the process, and a crash report leaves the environment out', async () => {
  const { pid } = daemon.child;
  expect(canaries.seenIn(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))).toEqual([]);
  // A process for a plugin would be a child.
  expect(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()).toBe('');
  const options = { ...env, NODE_OPTIONS: `--report-on-signal --report-directory=${folder.path}` };
  await using reporting = await RunningDaemon.in(folder, ['--data', 'other', '--config', 'small.yaml'], {
    env: options,
  });
  reporting.child.kill('SIGUSR2');
  await reporting.untilLog('Node.js report completed');
  const name = readdirSync(folder.path).find((each) => each.startsWith('report.')) ?? '';
  const report = readFileSync(join(folder.path, name), 'utf8');
  expect(report).toContain('javascriptStack');
  expect(canaries.seenIn(report)).toEqual([]);
});

test('where the memory ends, the report of that holds no secret', async () => {
  await folder.write(
    'hungry.mjs',
    `import { z } from ${JSON.stringify(ZOD)};
const start = async () => { const held = []; for (;;) held.push(new Array(100_000).fill(held.length)); };
export default { api: 1, name: 'hungry', config: z.looseObject({}), inject: [], source: () => ({ start }) };
`,
  );
  const token = canaries.of('memory');
  await folder.write(
    'hungry.yaml',
    `timezone: UTC\nweb: { port: 0 }\nsources: { hungry: { plugin: ./hungry.mjs, token: ${JSON.stringify(token)} } }\n`,
  );
  const before = new Set(readdirSync(folder.path));
  const options = `--max-old-space-size=100 --report-on-fatalerror --report-directory=${folder.path}`;
  const { status, stderr } = await folder.run(['run', '--config', 'hungry.yaml', '--data', 'hungry'], {
    env: { ...env, NODE_OPTIONS: options },
  });
  expect(status).not.toBe(0);
  const [name = ''] = readdirSync(folder.path).filter((each) => each.startsWith('report.') && !before.has(each));
  const report = readFileSync(join(folder.path, name), 'utf8');
  expect(report).toMatch(/"trigger": "OOMError"/);
  expect(report).not.toContain('KANARI_ENV');
  expect(canaries.seenIn(report + stderr)).toEqual([]);
});

test('what holds secrets on disk is for the user alone', () => {
  const data = join(folder.path, 'data');
  const modes = [data, ...readdirSync(data).map((name) => join(data, name)), join(folder.path, 'bundle.json')].map(
    (path) => [path, statSync(path).mode & 0o077] as const,
  );
  expect(modes.length).toBeGreaterThan(3);
  expect(modes.filter(([, open]) => open !== 0)).toEqual([]);
});

async function connected(account: string): Promise<void> {
  await using store = await openSqliteStore({ folder: join(folder.path, 'data') });
  await store.tokens.put({
    account,
    accessToken: new Secret(canaries.of('access')),
    refreshToken: new Secret(canaries.of('refresh')),
    expiresAt: undefined,
    scopes: ['mood_write'],
    refreshIntentAt: undefined,
    dead: false,
    username: undefined,
    timezone: 'UTC',
    connectedAt: 0,
  });
}
