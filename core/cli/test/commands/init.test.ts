import { loadConfiguration } from '@dayfold/runtime';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeStarter } from '../../src/commands/init.ts';
import { Folder } from '../command.ts';
import { Secret } from '@dayfold/runtime';

const CLIENT = { id: 'abc', secret: 'p@ss: "word" #1' };
const ANSWERS = { broker: 'mqtt://user@box:1883', timezone: 'Europe/Berlin' };

test('what init writes without a question is valid with nothing set', async () => {
  await using folder = await Folder.with();
  const written = await folder.run(['init', '--yes']);
  expect([written.status, written.stderr]).toEqual([0, '']);
  const checked = await folder.run(['check', '--json']);
  expect(checked.status).toBe(0);
  expect(JSON.parse(checked.stdout)).toMatchObject({ valid: true, warnings: [], sources: 1, attributes: 1 });
  expect(await readFile(join(folder.path, 'dayfold.yaml'), 'utf8')).toContain('# exist:');
});

test('client and secret go to secrets.yaml, which is for its owner alone', async () => {
  await using folder = await Folder.with();
  const file = join(folder.path, 'dayfold.yaml');
  const secrets = join(folder.path, 'secrets.yaml');
  expect(await writeStarter(file, { ...ANSWERS, client: CLIENT })).toEqual([file, secrets]);
  expect((await stat(secrets)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, 'utf8')).not.toContain(CLIENT.secret);
  const loaded = await loadConfiguration({ file, env: {}, home: folder.path });
  expect(loaded).toMatchObject({
    ok: true,
    warnings: [],
    configuration: { exist: { accounts: [{ clientId: CLIENT.id, clientSecret: new Secret(CLIENT.secret) }] } },
  });
});

test('a secrets file that is there keeps what it holds', async () => {
  await using folder = await Folder.with({ 'secrets.yaml': '# of the broker\nbroker: x   # old\n' });
  const file = join(folder.path, 'dayfold.yaml');
  await writeStarter(file, { ...ANSWERS, client: CLIENT });
  const text = await readFile(join(folder.path, 'secrets.yaml'), 'utf8');
  expect(text).toMatch(/^# of the broker\nbroker: x +# old\nexist_client_id: abc\nexist_client_secret: /);
});

test('no file is written over, and a folder that is not there is told', async () => {
  await using folder = await Folder.with({ 'secrets.yaml': 'exist_client_id: mine\n' });
  const file = join(folder.path, 'dayfold.yaml');
  await expect(writeStarter(file, { ...ANSWERS, client: CLIENT })).rejects.toThrow('holds exist_client_id already');
  await expect(stat(file)).rejects.toThrow('ENOENT');
  await folder.write('dayfold.yaml', 'timezone: UTC\n');
  const [again, away] = await Promise.all([
    folder.run(['init', '--yes']),
    folder.run(['init', '--yes', '--config', 'deep/dayfold.yaml']),
  ]);
  expect([again.status, away.status]).toEqual([2, 2]);
  expect(again.stderr).toContain('exists already and is left as it is');
  expect(away.stderr).toContain('make it first');
  expect(await readFile(file, 'utf8')).toBe('timezone: UTC\n');
});

test('without a terminal init asks nothing and says what to do', async () => {
  await using folder = await Folder.with();
  const { status, stderr } = await folder.run(['init']);
  expect(status).toBe(2);
  expect(stderr).toContain('"dayfold init --yes"');
});
