import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import { configurationOf } from '../src/configuration-of.ts';
import { sourceOf, sourceSays } from '../src/source-says.ts';

/** Spellings of places that are not public; PORT is one where somebody listens. */
const INSIDE = [
  'http://127.0.0.1:PORT/',
  'http://127.8.9.10:PORT/',
  'http://2130706433:PORT/',
  'http://0x7f000001:PORT/',
  'http://0x7f.1:PORT/',
  'http://0177.0.0.1:PORT/',
  'http://017700000001:PORT/',
  'http://127.1:PORT/',
  'http://127.0.1:PORT/',
  'http://127.000.000.001:PORT/',
  'http://%31%32%37.0.0.1:PORT/',
  'http://①②⑦.⓪.⓪.①:PORT/',
  'http://127。0。0。1:PORT/',
  'http://127.0.0.1.:PORT/',
  'http://[::1]:PORT/',
  'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/',
  'http://[::ffff:7f00:1]:PORT/',
  'http://[::127.0.0.1]:PORT/',
  'http://[64:ff9b::7f00:1]:PORT/',
  'http://[2002:7f00:1::]:PORT/',
  'http://localhost:PORT/',
  'http://LOCALHOST.:PORT/',
  'http://a.localhost:PORT/',
  'http://0.0.0.0:PORT/',
  'http://0:PORT/',
  'http://[::]:PORT/',
  'http://169.254.169.254/latest/meta-data/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://[fc00::1]/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://100.100.100.200/',
  'http://198.18.0.1/',
  'http://192.0.2.1/',
  'http://224.0.0.1/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://[ff02::1]/',
  'http://[2001:db8::1]/',
  'http://127.0.0.1:OWN/healthz',
  'http://rebound.example:PORT/',
  'http://inside.example:PORT/',
  'http://mixed.example:PORT/',
];
/** Where a device of the home, which may be asked, sends who asks. */
const LEADING_AWAY: Readonly<Record<string, string>> = {
  'another loopback address': 'http://127.0.0.2:PORT/',
  'loopback by name': 'http://localhost:PORT/',
  'loopback of IPv6': 'http://[::1]:PORT/',
  'the router': 'http://192.168.1.1/',
  metadata: 'http://169.254.169.254/latest/meta-data/',
  'a name inside': 'http://inside.example:PORT/',
  'a file': 'file:///etc/passwd',
  gopher: 'gopher://127.0.0.1:PORT/_x',
  'with a login': 'http://user:password@127.0.0.1:PORT/',
  'a script': 'javascript:alert(1)',
  nothing: 'http://[',
  'itself for ever': '/loop',
};
/** What the plugin does not take for a URL at all. */
const UNFIT = [
  'file:///etc/passwd',
  'gopher://127.0.0.1/_x',
  'ftp://127.0.0.1/',
  'data:application/json,{}',
  'javascript:alert(1)',
  'ws://127.0.0.1/',
  '//127.0.0.1/',
  '127.0.0.1',
  'http://',
  'http://[::1',
];
const LOGINS = ['http://a@127.0.0.1/', 'http://user:kanari-pass@public.example/', 'http://public.example@127.0.0.1/'];

const insideName = (index: number): string => `inside_${index}`;
const awayName = (what: string): string => `away_${what.toLowerCase().replaceAll(' ', '_')}`;

let server: Server;
let folder: Folder;
let daemon: RunningDaemon;
/** Paths that somebody asked for at the server inside. */
const reached: string[] = [];
let port: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    reached.push(path);
    const location = LEADING_AWAY[path.slice(1)] ?? (path === '/loop' ? path : undefined);
    if (location !== undefined) response.setHeader('location', location.replace('PORT', String(port)));
    response.writeHead(location === undefined ? 200 : 302, { 'content-type': 'application/json' }).end('{"v":7}');
  }).listen(0, '::');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);

  const source = (url: string): object => ({
    plugin: 'http',
    url: url.replace('PORT', String(port)).replace('OWN', '1'),
    series: { a: { value: 'v' } },
  });
  const allowed = (path: string): object => ({
    ...source(`http://127.0.0.1:PORT/${encodeURIComponent(path)}`),
    allow_private: true,
  });
  folder = await Folder.with({
    'dayfold.yaml': configurationOf({
      ...Object.fromEntries(INSIDE.map((url, index) => [insideName(index), source(url)])),
      ...Object.fromEntries(LOGINS.map((url, index) => [`login_${index}`, source(url)])),
      ...Object.fromEntries(Object.keys(LEADING_AWAY).map((what) => [awayName(what), allowed(what)])),
      device: allowed('device'),
    }),
  });
  daemon = await RunningDaemon.in(folder, ['--log-json'], {
    env: {
      NODE_OPTIONS: `--import=${fileURLToPath(new URL('../src/stand-in-names.ts', import.meta.url))}`,
      STAND_IN_NAMES: JSON.stringify({
        'rebound.example': ['2d00::1', '127.0.0.1'],
        'inside.example': ['127.0.0.1'],
        'mixed.example': ['2d00::1 127.0.0.1'],
        localhost: ['127.0.0.1'],
        'localhost.': ['127.0.0.1'],
        'a.localhost': ['127.0.0.1'],
      }),
    },
  });
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
  server.closeAllConnections();
  server.close();
});

test('a device at home is reached where that is allowed, so that the others could be', async () => {
  expect(await sourceSays(daemon.control, 'device', /"readings":1\b/)).toMatchObject({ state: 'running' });
});

test.each(INSIDE.map((url, index) => [url, index] as const))('%s is not asked', async (url, index) => {
  const report = await sourceSays(daemon.control, insideName(index), ({ message }) => message !== undefined);
  expect(report).toMatchObject({ readings: 0 });
  expect(report.state).toBeOneOf(['invalid', 'degraded']);
  expect(report.message).toMatch(
    url.includes('rebound') ? /gave no answer/ : /is in a private network .*allow_private/,
  );
});

test.each(LOGINS.map((url, index) => [url, index] as const))('%s is told to hold a login', async (_url, index) => {
  const report = await sourceSays(daemon.control, `login_${index}`, ({ message }) => message !== undefined);
  expect(report).toMatchObject({ state: 'invalid', readings: 0 });
  expect(report.message).toMatch(/put user and password into "auth"/);
  expect(report.message).not.toContain('kanari');
});

test.each(Object.keys(LEADING_AWAY))('a device at home that leads to %s is not followed', async (what) => {
  const report = await sourceSays(daemon.control, awayName(what), ({ message }) => message !== undefined);
  expect(report).toMatchObject({ state: 'degraded', readings: 0 });
  expect(report.message).toMatch(/redirected|name that address in "url"/);
});

test('nothing but the allowed addresses was asked, and each name once for each request', async () => {
  const asked = new Set(reached);
  expect([...asked].toSorted()).toEqual(
    ['/device', '/loop', ...Object.keys(LEADING_AWAY).map((what) => `/${what}`)].toSorted(),
  );
  expect(daemon.log.match(/asked for rebound\.example/g)).toHaveLength(1);
  expect((await sourceOf(daemon.control, 'device')).state).toBe('running');
  expect((await daemon.control.status()).problems.filter(({ code }) => code === 'daemon.error')).toEqual([]);
});

test('what is no address of the web is refused by its place in the file', async () => {
  const sources = UNFIT.map((url, index) => [`s${index}`, { plugin: 'http', url, series: { a: { value: 'v' } } }]);
  await folder.write('unfit.yaml', configurationOf(Object.fromEntries(sources) as Record<string, object>));
  const { status, stderr } = await folder.run(['check', '--config', 'unfit.yaml']);
  expect(status).toBe(2);
  for (const [index, url] of UNFIT.entries())
    expect(stderr, url).toMatch(
      new RegExp(`unfit\\.yaml:${index + 5}:\\d+ sources\\.s${index}\\.url: expected a URL with http or https`),
    );
});
