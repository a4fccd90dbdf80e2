import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import { freePort } from '../../../core/cli/test/loopback.ts';
import { configurationOf } from '../src/configuration-of.ts';

const CANARY = 'kanari-of-a-configuration';
let folder: Folder;
let daemon: RunningDaemon;
let good: string;

beforeAll(async () => {
  const port = await freePort();
  good = configurationOf(
    { hook: { plugin: 'webhook', name: 'hook', token: CANARY, series: { v: { value: 'v' } } } },
    { pushed: { from: 'hook.v', fold: 'sum', group: 'media', type: 'integer' } },
    { web: { port } },
  );
  folder = await Folder.with({ 'dayfold.yaml': good });
  daemon = await RunningDaemon.in(folder, ['--log-json']);
});

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const laughs = (levels: number, width: number): string =>
  Array.from({ length: levels }, (_, index) => {
    const what = index === 0 ? 'x' : `*a${index - 1}`;
    return `a${index}: &a${index} [${Array.from({ length: width }, () => what).join(', ')}]\n`;
  }).join('');
const source = (name: string, options: object): string => configurationOf({ [name]: options });
const hook = { plugin: 'webhook', name: 'other', token: CANARY };

/** What a running daemon may find in its file, by what it says of it. */
const HOSTILE: readonly (readonly [what: string, text: () => string, told: RegExp])[] = [
  [
    'a billion laughs',
    () => laughs(10, 10),
    /more than 1000 aliases|more values than a configuration can hold|64 deep/,
  ],
  ['laughs twice as wide', () => laughs(5, 100), /more than 1000 aliases|more values than a configuration can hold/],
  ['two hundred levels of aliases', () => laughs(200, 2), /more than 1000 aliases|more than 64 deep/],
  ['an alias inside its own anchor', () => 'sources: &a { home: *a }\n', /an alias \(\*name\) inside its own anchor/],
  ['merges of merges', () => `a: &a { <<: *a }\n`, /alias/],
  ['200,000 open brackets', () => '['.repeat(200_000), /more than 64 deep|missing here/],
  ['2,000 levels', () => `a: ${'['.repeat(2000)}${']'.repeat(2000)}\n`, /more than 64 deep/],
  ['more than 1 MB', () => `# ${'x'.repeat(1_100_000)}\n${good}`, /larger than a configuration can be/],
  ['more than 100,000 values', () => `a: [${'1,'.repeat(110_000)}1]\n`, /more values than a configuration can hold/],
  ['a key __proto__', () => 'sources: { __proto__: { plugin: file } }\n', /this name cannot be a key/],
  ['a key constructor.prototype', () => 'constructor: { prototype: { admin: 1 } }\n', /constructor: unknown key/],
  ['a tag that makes objects', () => 'sources: !!js/function "function(){}"\n', /unknown tag/],
  ['binary', () => `\0${good}`, /dayfold\.yaml:\d+:\d+/],
  [
    'a variable that nobody set',
    () => source('home', { ...hook, token: '${NOBODY_SET_THIS}', series: {} }),
    /NOBODY_SET_THIS/,
  ],
  [
    'a secret of another folder',
    () => 'sources: { a: { plugin: webhook, name: b, token: !secret ../../etc/passwd, series: {} } }\n',
    /there is no secrets\.yaml|has no such name/,
  ],
  [
    'an expression that is none',
    () => source('home', { ...hook, series: { v: { value: '$((((' } } }),
    /not a JSONata expression/,
  ],
  [
    'a pattern that is none',
    () => source('home', { ...hook, series: { v: { value: '$match(v, /(/)' } } }),
    /not a JSONata expression/,
  ],
  [
    'an unknown option',
    () => source('home', { ...hook, series: {}, __defineGetter__: 1 }),
    /__defineGetter__.*unknown|[Uu]nrecognized/,
  ],
  ['a name that climbs', () => source('../home', hook), /sources/],
  [
    'a hook whose name climbs',
    () => source('home', { ...hook, name: '../../api/sync', series: {} }),
    /expected lower-case letters, digits and dashes/,
  ],
  [
    'a broker for all without a password',
    () => source('home', { plugin: 'mqtt', broker: { port: 70_000 }, series: {} }),
    /sources\.home\.broker\.port/,
  ],
];

test.each(HOSTILE)('a file with %s is refused, told, and the one before stays in force', async (_what, text, told) => {
  const from = daemon.log.length;
  await folder.write('dayfold.yaml', text());
  daemon.child.kill('SIGHUP');
  await daemon.untilLog('dayfold.yaml', from);
  const { problems, running, sources } = await daemon.control.status();
  expect(running).toBe(true);
  expect(problems.find(({ code }) => code.startsWith('config'))?.message).toMatch(told);
  expect(JSON.stringify(problems)).not.toContain(CANARY);
  expect(sources).toMatchObject([{ name: 'hook', state: 'running' }]);
  const pushed = await fetch(`${daemon.url}/in/hook`, {
    method: 'POST',
    // A connection that is kept may be closed by the server just as it is used again.
    headers: { 'x-token': CANARY, connection: 'close' },
    body: '{"v":1}',
  });
  expect(pushed.status).toBe(202);
});

test('with the good file back everything is well, and every push in between counts', async () => {
  await folder.write('dayfold.yaml', good);
  daemon.child.kill('SIGHUP');
  while ((await daemon.control.status()).problems.length > 0);
  const days = await daemon.control.days({ attribute: 'pushed' });
  expect(days).toMatchObject([{ wanted: HOSTILE.length }]);
  expect(daemon.log).not.toContain(CANARY);
  expect(await readFile(join(folder.path, 'dayfold.yaml'), 'utf8')).toBe(good);
});
