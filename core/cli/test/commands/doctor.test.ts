import { startExistTwin } from '@dayfold/exist-twin';
import { Secret } from '@dayfold/runtime';
import type { Token } from '@dayfold/runtime';
import { openSqliteStore } from '@dayfold/store-sqlite';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../command.ts';
import { ask, freePort } from '../loopback.ts';

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { check: string; state: string; message: string; remedy?: string }[];
}

test('beside a running daemon everything is looked at, the login with one call that the daemon counts', async () => {
  await using place = await Folder.with();
  await using twin = await startExistTwin({ timezone: 'Asia/Tokyo' });
  const port = await freePort();
  await place.write('dayfold.yaml', configuration({ port, url: twin.url }));
  await connected(place, twin.issueToken({ scopes: ['activity_write'] }).access_token);
  await using daemon = await RunningDaemon.in(place);
  await daemon.untilReady();
  const before = twin.requests().length;
  const { status, stdout, stderr } = await place.run(['doctor', '--json']);
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as Report;
  const states = Object.fromEntries(findings.map(({ check, state }) => [check, state]));
  expect(states).toMatchObject({
    node: 'ok',
    configuration: 'ok',
    'data folder': 'ok',
    database: 'ok',
    daemon: 'ok',
    exist: 'ok',
    'time zone': 'warn',
    'login me': 'ok',
    'source books': 'ok',
    'source dead': 'fail',
  });
  expect(findings.find(({ check }) => check === 'time zone')?.message).toContain('the Exist profile says Asia/Tokyo');
  expect(status).toBe(1);
  const calls = twin.requests().slice(before);
  expect(calls.filter(({ endpoint }) => endpoint.includes('profile'))).toHaveLength(1);
  await daemon.stop();
  await using store = await openSqliteStore({ folder: place.file('data') });
  const logged = (await store.requestLog.since('me', 0)).map(({ endpoint }) => endpoint);
  expect(logged).toContain('profile');
});

test('without a daemon a refused login, a taken port and a restored copy are told with what to do', async () => {
  await using place = await Folder.with();
  await using twin = await startExistTwin();
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  await place.write('dayfold.yaml', configuration({ port, url: twin.url }));
  await connected(place, 'no-longer-known');
  {
    await using store = await openSqliteStore({ folder: place.file('data') });
    await store.keyValues.set('dayfold', 'restored', { at: Date.now(), backup: '2026-03-29T10:00:00.000Z' });
  }
  const { status, stdout } = await place.run(['doctor']);
  taken.close();
  expect(status).toBe(1);
  expect(stdout).toContain('✘ login me: Exist no longer accepts it; values wait\n    run "dayfold connect"');
  expect(stdout).toContain(`✘ port: 127.0.0.1:${port} (web): another program listens there`);
  expect(stdout).toContain('! daemon: does not run');
  expect(stdout).toMatch(
    /! restored: .* from a backup of 2026-03-29T10:00:00.000Z\n {4}if the dayfold that this backup/,
  );
  expect(stdout).toContain('✓ database: whole');
});

test('a broken configuration and a damaged database keep nothing else from being looked at', async () => {
  await using place = await Folder.with();
  await place.write('dayfold.yaml', 'sources: [');
  await (await openSqliteStore({ folder: place.file('data') })).close();
  await place.write(
    'data/dayfold.db',
    'this is no database, and long enough to be taken for one by nobody at all, not even SQLite',
  );
  const { status, stdout, stderr } = await place.run(['doctor', '--json']);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  const failed = (JSON.parse(stdout) as Report).findings.filter(({ state }) => state === 'fail');
  expect(failed.map(({ check }) => check)).toEqual(['configuration', 'database']);
  expect(failed[1]?.remedy).toContain('dayfold restore FILE --force');
});

test('a bundle holds no secret from anywhere, no value of a day, no sample and no whereabouts', async () => {
  await using place = await Folder.with();
  const port = await freePort();
  // Each of them would be told from any other text.
  const canary = (name: string): string => `kanari/${name}+Qx7`;
  const secrets: Record<string, string> = {};
  const hidden = (name: string): string => (secrets[name] = canary(name));
  await place.write('secrets.yaml', `inner: "${hidden('file')}"\nunused: "${hidden('unused')}"\n`);
  await place.write(
    'dayfold.yaml',
    `# ${canary('comment')}
timezone: Europe/Berlin
web: { port: ${port} }
journal: { commit_every: 20ms }
exist:
  url: http://127.0.0.1:1
  accounts:
    me: { client_id: "${hidden('id')}", client_secret: "${hidden('secret')}" }
    you: { client_id: "\${KANARI_ID}", client_secret: !secret inner }
sources:
  broker: { plugin: mqtt, url: "mqtt://127.0.0.1:1", user: anna, password: "${hidden('mqtt')}", series: { a: { topic: a } } }
  userinfo: { plugin: mqtt, url: "mqtt://anna:${encodeURIComponent(hidden('userinfo'))}@127.0.0.1:1", series: { a: { topic: a } } }
  bearer: { plugin: http, url: "http://127.0.0.1:1/?appid=${encodeURIComponent(hidden('query'))}&lat=52.5200066", auth: { bearer: "${hidden('bearer')}" }, series: { a: { value: a } } }
  basic: { plugin: http, url: "http://127.0.0.1:1", auth: { user: anna, password: "${hidden('basic')}" }, series: { a: { value: a } } }
  headers: { plugin: http, url: "http://127.0.0.1:1", headers: { X-Innocent: "${hidden('header')}", Authorization: "Basic ${Buffer.from(`anna:${canary('basic')}`).toString('base64')}" }, series: { a: { value: a } } }
  body: { plugin: http, url: "http://127.0.0.1:1", method: POST, body: "x=${hidden('body')}", series: { a: { value: a } } }
  hook: { plugin: webhook, name: hook, token: "${hidden('hook')}", series: { mood: { value: mood, id: id } } }
  custom: { plugin: ./plugin.mjs, secrets: { any: "${hidden('plugin')}" }, nested: { deep: [{ api_key: "${hidden('nested')}" }] } }
attributes:
  mood_now: { from: hook.mood, fold: last, label: "Mood with Anna", group: mood, type: float }
`,
  );
  await place.write(
    'plugin.mjs',
    `import { z } from ${JSON.stringify(pathToFileURL(createRequire(import.meta.url).resolve('zod')).href)};
export default {
  api: 1,
  name: 'custom',
  inject: [],
  config: z.looseObject({}),
  source: (config) => ({
    start() { throw new Error('refused ' + JSON.stringify(config)); },
    probe() { throw new Error('no ' + Buffer.from('u:' + config.secrets.any).toString('base64')); },
  }),
};`,
  );
  await connected(place, hidden('access'), hidden('refresh'));
  await using daemon = await RunningDaemon.in(place, [], { env: { KANARI_ID: hidden('environment') } });
  await daemon.untilReady();
  await ask(port, 'POST', '/in/hook', { token: canary('hook'), json: { id: '1', mood: 6.1803398875 } });
  await ask(port, 'POST', '/in/hook', { token: canary('hook'), json: { mood: { note: 'a sample of a note' } } });
  const made = await place.run(['doctor', '--json', '--bundle', 'bundle.json'], {
    env: { KANARI_ID: canary('environment') },
  });
  expect(made.stderr).toBe('');
  expect(statSync(place.file('bundle.json')).mode & 0o777).toBe(0o600);
  const written = readFileSync(place.file('bundle.json'), 'utf8');
  const bundle = JSON.parse(written) as { configuration: { sources: object }; status: object; store: { rows: object } };
  expect(Object.keys(bundle.configuration.sources)).toHaveLength(8);
  expect(bundle.status).toMatchObject({ running: true });
  expect(bundle.store.rows).toMatchObject({ journal: 1, token: 1 });
  const found = Object.entries({ ...secrets, comment: canary('comment') }).filter(([, secret]) =>
    [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      // Whatever stands before it, the middle of its base64 would show.
      ...[0, 1, 2].map((before) =>
        Buffer.from(' '.repeat(before) + secret)
          .toString('base64')
          .slice(4, 16),
      ),
    ].some((text) => written.includes(text)),
  );
  expect(found).toEqual([]);
  expect(written).not.toContain('kanari');
  for (const personal of ['6.1803', 'a sample', '52.52', 'Mood with', 'ada-of-the-test'])
    expect(written).not.toContain(personal);

  expect(await place.run(['doctor', '--bundle', 'bundle.json'])).toMatchObject({ status: 2 });
  expect(readFileSync(place.file('bundle.json'), 'utf8')).toBe(written);
  expect(existsSync(place.file('data/lock.pid'))).toBe(true);
});

function configuration({ port, url }: { readonly port: number; readonly url: string }): string {
  return `timezone: Europe/Berlin
web: { port: ${port} }
exist: { client_id: demo, client_secret: demo-secret, url: "${url}" }
sources:
  books: { plugin: file, path: books.csv, series: { pages: { date: Date, value: Pages } } }
  dead: { plugin: mqtt, url: "mqtt://127.0.0.1:1", series: { a: { topic: a } } }
`;
}

async function connected(place: Folder, accessToken: string, refreshToken?: string): Promise<void> {
  const token: Token = {
    account: 'me',
    accessToken: new Secret(accessToken),
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
    expiresAt: undefined,
    scopes: ['activity_write'],
    refreshIntentAt: undefined,
    dead: false,
    username: 'ada-of-the-test',
    timezone: undefined,
    connectedAt: Date.now(),
  };
  await using store = await openSqliteStore({ folder: place.file('data') });
  await store.tokens.put(token);
}
