import { openSqliteStore } from '@dayfold/store-sqlite';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Folder } from '../command.ts';
import { Secret } from '@dayfold/runtime';

const CONFIGURATION = `# once it was canary-comment
exist: { client_id: canary-client, client_secret: !secret exist_secret }
sources:
  home: { plugin: mqtt, url: "mqtt://me:canary-url@127.0.0.1", series: { door: { topic: door } } }
  api: { plugin: http, url: "http://127.0.0.1/?appid=canary-id", headers: { X-Any: canary-header }, series: { a: { value: a } } }
`;

test('a backup with a passphrase is encrypted, for the user alone, and refuses to overwrite', async () => {
  await using place = await filled();
  const made = await place.run(['backup', 'b.age', '--json'], { input: 'correct horse battery\n' });
  expect(made).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(made.stdout)).toMatchObject({
    encrypted: true,
    secrets: true,
    schema: 1,
    readings: 1,
    logins: 1,
    files: [{ name: 'dayfold.yaml' }, { name: 'secrets.yaml' }, { name: 'dayfold.db' }],
  });
  expect(statSync(place.file('b.age')).mode & 0o777).toBe(0o600);
  const bytes = readFileSync(place.file('b.age'));
  expect(bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
  const again = await place.run(['backup', 'b.age'], { input: 'correct horse battery\n' });
  expect(again).toMatchObject({ status: 2, stdout: '' });
  expect(again.stderr).toContain('exists already');
  expect(readFileSync(place.file('b.age'))).toEqual(bytes);
  await place.write('passphrase', 'another passphrase\n');
  expect((await place.run(['backup', 'b.age', '--force', '--passphrase-file', 'passphrase'])).status).toBe(0);
  expect(readFileSync(place.file('b.age'))).not.toEqual(bytes);
  expect(readdirSync(place.path).toSorted()).toEqual(['b.age', 'data', 'dayfold.yaml', 'passphrase', 'secrets.yaml']);
  expect(readdirSync(place.file('data')).filter((name) => name.startsWith('backing-up'))).toEqual([]);
});

test('a backup without secrets holds none, and restores to a configuration that names what it lacks', async () => {
  await using place = await filled();
  const made = await place.run(['backup', '--no-secrets', 'plain.tar.gz']);
  expect(made.status).toBe(0);
  expect(made.stdout).toContain('not encrypted');
  const unpacked = execFileSync('tar', ['-xzOf', place.file('plain.tar.gz')]);
  expect(unpacked.includes('SQLite format 3')).toBe(true);
  expect(unpacked.includes('canary')).toBe(false);
  mkdirSync(place.file('new'));
  const restored = await place.run('restore plain.tar.gz --json --data new/data --config new/dayfold.yaml'.split(' '));
  expect(restored).toMatchObject({ status: 0, stderr: '' });
  expect(JSON.parse(restored.stdout)).toMatchObject({ readings: 1, logins: 0, aside: null });
  expect((JSON.parse(restored.stdout) as { notes: string[] }).notes.join()).toContain('log in again');
  const check = await place.run(['check', '--config', 'new/dayfold.yaml']);
  expect(check.status).toBe(2);
  for (const name of ['exist_client_id', 'exist_secret', 'sources_home_url', 'sources_api_headers_X_Any'])
    expect(check.stderr).toContain(`!secret ${name}: there is no secrets.yaml`);
});

test('what cannot be done is refused with the reason and nothing is written', async () => {
  await using place = await filled();
  const cases = [
    { args: ['backup', 'b.age'], input: '\n', status: 2, says: 'there is no passphrase' },
    { args: ['backup', 'b.age'], input: 'short\n', status: 2, says: 'at least 8 characters' },
    { args: ['backup', 'none/b.age'], input: 'correct horse', status: 2, says: 'there is no folder' },
    { args: ['backup', 'b.age', '--data', 'other'], input: 'correct horse', status: 1, says: 'no dayfold data' },
    { args: ['backup', 'b.age', '--passphrase-file', 'x'], input: '', status: 2, says: '--passphrase-file' },
    { args: ['restore', 'none.age', '--data', 'other'], input: '', status: 1, says: 'cannot be read' },
    { args: ['restore', 'dayfold.yaml', '--data', 'other'], input: '', status: 1, says: 'is not a backup' },
    { args: ['restore', 'empty', '--data', 'other'], input: '', status: 1, says: 'is empty' },
  ];
  await place.write('empty', '');
  const before = readdirSync(place.path);
  const told = await Promise.all(cases.map(async ({ args, input }) => await place.run(args, { input })));
  for (const [index, { args, status, says }] of cases.entries())
    expect({ args, ...told[index] }).toEqual({
      args,
      status,
      stdout: '',
      stderr: expect.stringContaining(says) as string,
    });
  expect(readdirSync(place.path)).toEqual(before);
});

async function filled(): Promise<Folder> {
  const place = await Folder.with();
  await place.write('dayfold.yaml', CONFIGURATION);
  await place.write('secrets.yaml', 'exist_secret: canary-secret\n');
  await using store = await openSqliteStore({ folder: place.file('data') });
  await store.journal.commit([{ series: 'home.door', value: 1, at: 1, receivedAt: 1 }], [], () => []);
  await store.tokens.put({
    account: 'me',
    accessToken: new Secret('canary-access'),
    refreshToken: new Secret('canary-refresh'),
    expiresAt: undefined,
    scopes: [],
    refreshIntentAt: undefined,
    dead: false,
    username: undefined,
    timezone: undefined,
    connectedAt: 1,
  });
  // What an interrupted one left behind a while ago is cleared away.
  mkdirSync(join(place.file('data'), 'backing-up-old'));
  writeFileSync(join(place.file('data'), 'backing-up-old', 'dayfold.db'), 'canary');
  execFileSync('touch', ['-d', '2020-01-01', join(place.file('data'), 'backing-up-old')]);
  return place;
}
