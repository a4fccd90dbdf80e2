import { setImmediate as turn } from 'node:timers/promises';
import { once } from 'node:events';
import { rename, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createBroker } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../command.ts';

const YAML = `timezone: UTC
web: { port: 0 }
journal: { commit_every: 20ms }
sources:
  scale: { plugin: webhook, name: scale, token: open-sesame, series: { weight: { value: kg, date: day } } }
  watch: { plugin: webhook, name: watch, token: !secret watch, series: { steps: { value: n } } }
attributes:
  weight: { from: scale.weight, fold: last }
`;
const FILES = { 'dayfold.yaml': YAML, 'secrets.yaml': 'watch: first-token\n' };
const PUSH = { method: 'POST', body: JSON.stringify({ kg: 80, day: '2026-03-01' }) };

async function push(daemon: RunningDaemon, path: string, token: string, init: RequestInit = PUSH): Promise<number> {
  const answer = await fetch(`${daemon.url}${path}`, { ...init, headers: { 'x-token': token } });
  await answer.text();
  return answer.status;
}

/** When each source began to run. */
async function sinceOf(daemon: RunningDaemon): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await daemon.control.status()).sources.map(({ name, since }) => [name, since]));
}

test('the daemon says where it listens, answers there and to the commands, and stops in order for a signal', async () => {
  await using folder = await Folder.with(FILES);
  await using daemon = await RunningDaemon.in(folder);
  await daemon.untilReady();
  expect(await (await fetch(`${daemon.url}/metrics`)).text()).toContain('dayfold_source_running{source="scale"');
  expect((await stat(join(folder.path, 'data'))).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder.path, 'data', 'daemon.sock'))).mode & 0o777).toBe(0o600);
  const status = await folder.run(['status', '--json']);
  expect(JSON.parse(status.stdout)).toMatchObject({ running: true, sources: [{ name: 'scale' }, { name: 'watch' }] });
  // The daemon's answer keeps its code, and so the exit status.
  expect((await folder.run(['explain', 'wieght', 'today'])).status).toBe(2);
  const { status: exit, stdout } = await daemon.stop();
  expect([exit, stdout]).toEqual([0, '']);
  await expect(stat(join(folder.path, 'data', 'daemon.sock'))).rejects.toThrow('ENOENT');
});

test('it is ready once every source was tried: a broker that says nothing is waited for, one that refuses is not', async () => {
  const sockets = new Set<Socket>();
  const broker = createBroker((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const { port } = broker.address() as AddressInfo;
  const home = `  home: { plugin: mqtt, url: 'mqtt://127.0.0.1:${port}', series: { door: { topic: door } } }`;
  await using folder = await Folder.with({ ...FILES, 'dayfold.yaml': YAML.replace('sources:', `sources:\n${home}`) });
  await using daemon = await RunningDaemon.in(folder);
  const answer = await fetch(`${daemon.url}/readyz`);
  expect([answer.status, await answer.text()]).toEqual([503, 'starting\n']);
  expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
  expect(await push(daemon, '/in/scale', 'open-sesame')).toBe(202);
  broker.close();
  for (const socket of sockets) socket.destroy();
  await daemon.untilReady();
  const { sources } = await daemon.control.status();
  expect(sources.find(({ name }) => name === 'home')?.state).toBe('retrying');
});

test('a changed file restarts what changed, a broken one nothing', async () => {
  await using folder = await Folder.with(FILES);
  await using daemon = await RunningDaemon.in(folder);
  const before = await sinceOf(daemon);

  // As an editor saves: another file takes the name.
  await folder.write('.dayfold.yaml.new', YAML.replace('open-sesame', 'other-token').replace('port: 0', 'port: 1'));
  await rename(join(folder.path, '.dayfold.yaml.new'), join(folder.path, 'dayfold.yaml'));
  await daemon.untilLog('source scale changed, web takes effect at the next start');
  expect(await push(daemon, '/in/scale', 'other-token')).toBe(202);
  const after = await sinceOf(daemon);
  expect(after['watch']).toBe(before['watch']);
  expect(after['scale']).not.toBe(before['scale']);

  await folder.write('dayfold.yaml', YAML.replace('fold: last', 'fold: lats'));
  await daemon.untilLog('the old one stays in force');
  expect((await daemon.control.status()).problems).toMatchObject([
    { code: 'config.invalid', message: expect.stringContaining('did you mean "last"?') as string },
  ]);
  expect(await push(daemon, '/in/scale', 'other-token')).toBe(202);

  await folder.write('dayfold.yaml', YAML);
  while ((await daemon.control.status()).problems.length > 0) await turn();
  expect(await push(daemon, '/in/scale', 'open-sesame')).toBe(202);

  await folder.write('secrets.yaml', 'watch: second-token\n');
  await daemon.untilLog('source watch changed');
  expect(await push(daemon, '/in/watch', 'second-token', { method: 'POST', body: '{"n":1}' })).toBe(202);

  await folder.write('dayfold.yaml', YAML.replace('timezone: UTC', 'timezone: Europe/Berlin'));
  await daemon.untilLog('the configuration changed: timezone changed');

  const mark = daemon.log.length;
  daemon.child.kill('SIGHUP');
  await daemon.untilLog('was read again: nothing changed', mark);
});

test('what is pushed to a webhook becomes the value of a day, and what does not fit is refused', async () => {
  await using folder = await Folder.with(FILES);
  await using daemon = await RunningDaemon.in(folder);
  expect(await push(daemon, '/in/scale', 'open-sesame')).toBe(202);
  expect(await push(daemon, '/in/scale', 'wrong')).toBe(401);
  expect(await push(daemon, '/in/elsewhere', 'open-sesame')).toBe(404);
  expect(await push(daemon, '/in/scale', 'open-sesame', { method: 'POST', body: ' '.repeat(2 ** 20 + 1) })).toBe(413);
  expect(await daemon.control.days({})).toMatchObject([{ attribute: 'weight', date: '2026-03-01', wanted: 80 }]);
});

test('a killed daemon leaves nothing behind that stands in the way; a second one names the first', async () => {
  await using folder = await Folder.with(FILES);
  const killed = await RunningDaemon.in(folder);
  await killed.stop('SIGKILL');
  await using daemon = await RunningDaemon.in(folder);
  for (const args of [['run'], ['run', '--once']]) {
    const second = await folder.run(args);
    expect(second.status, args.join(' ')).toBe(1);
    expect(second.stderr).toContain(`is in use by process ${daemon.child.pid} on `);
  }
  expect(await daemon.control.isAlive()).toBe(true);
});

test('the command line may name another address to listen on', async () => {
  await using folder = await Folder.with(FILES);
  await using daemon = await RunningDaemon.in(folder, ['--web-host', '0.0.0.0']);
  expect(daemon.url).toContain('http://0.0.0.0:');
  const port = new URL(daemon.url).port;
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

test('an address that is taken ends the start with 2 and leaves nothing running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await using folder = await Folder.with({ ...FILES, 'dayfold.yaml': YAML.replace('port: 0', `port: ${port}`) });
  const { status, stderr } = await folder.run(['run']);
  expect(status).toBe(2);
  expect(stderr).toContain(`cannot listen on 127.0.0.1:${port}: the address is in use`);
  other.close();
});

test('a plugin that cannot be loaded keeps neither the values from view nor "run --safe" from coming up', async () => {
  await using folder = await Folder.with({
    'dayfold.yaml': 'timezone: UTC\nweb: { port: 0 }\nsources: { mine: { plugin: ./broken.js } }\n',
    'broken.js': 'throw new Error("no sensor library")',
  });
  const refused = await folder.run(['run']);
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('no sensor library');
  await using daemon = await RunningDaemon.in(folder, ['--safe']);
  expect((await daemon.stop()).status).toBe(0);
  expect(await folder.run(['days'])).toMatchObject({ status: 0, stderr: '' });
});
