import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, RunningDaemon } from '../../../core/cli/test/command.ts';
import { configurationOf } from '../src/configuration-of.ts';
import { sourceOf, sourceSays } from '../src/source-says.ts';

const PAGES = { a: { date: 'Date', value: 'Pages' } };
const GOOD = 'Date,Pages\n2026-11-20,1\n';
/** In every file that nobody may read here, and in this process's surroundings. */
const CANARY = 'kanari-of-a-file';
const MB = 1024 * 1024;

/** Paths that a source may name, and what it is told. */
const SPECIAL = /path: .* is neither a regular file nor a folder/;
const OWN = /path: .* is of dayfold itself, which keeps logins there; name another/;
const ABSENT = /there is no file at/;
const NAMED: readonly (readonly [path: string, told: RegExp])[] = [
  ['/dev/zero', SPECIAL],
  ['/dev/full', SPECIAL],
  ['/dev/random', SPECIAL],
  ['/dev/stdin', SPECIAL],
  ['/dev/fd/0', SPECIAL],
  ['/dev/tty', SPECIAL],
  ['/dev', SPECIAL],
  ['/proc', SPECIAL],
  ['/proc/self/environ', SPECIAL],
  ['/proc/self/mem', SPECIAL],
  ['/proc/self/maps', SPECIAL],
  ['/proc/self/fd/0', SPECIAL],
  ['/proc/1/environ', SPECIAL],
  ['/proc/kcore', SPECIAL],
  ['/proc/self/root/proc/self/environ', SPECIAL],
  ['/sys/kernel/notes', SPECIAL],
  ['../../../../../../../../dev/zero', SPECIAL],
  ['pipe.csv', SPECIAL],
  ['zero.csv', SPECIAL],
  ['environ.csv', SPECIAL],
  ['data', OWN],
  ['data/', OWN],
  ['data/dayfold.db', OWN],
  ['data/dayfold.db-wal', OWN],
  ['data/lock.pid', OWN],
  ['data/daemon.sock', SPECIAL],
  ['./data/../data/dayfold.db', OWN],
  ['to-data', OWN],
  ['to-data/dayfold.db', OWN],
  ['database.csv', OWN],
  ['/proc/self/cwd/data/dayfold.db', SPECIAL],
  ['secrets.yaml', OWN],
  ['dayfold.yaml', OWN],
  ['settings.csv', OWN],
  ['%2e%2e/%2e%2e/etc/passwd', ABSENT],
  ['..%2f..%2fetc%2fpasswd', ABSENT],
  ['..\\..\\etc\\passwd', ABSENT],
  ['....//....//etc/passwd', ABSENT],
  ['file:///etc/passwd', ABSENT],
  ['loop.csv', ABSENT],
  ['gone.csv', ABSENT],
  ['data/*.db', ABSENT],
  ['data/**', ABSENT],
];

/** What somebody who may only write into a watched folder can put there, beside a good file. */
const PLACED: Readonly<Record<string, (folder: string) => unknown>> = {
  'a link to a file beside the folder': async (folder) => await symlink('../outside.csv', join(folder, 'b.csv')),
  'an absolute link': async (folder) => await symlink(join(folder, '../outside.csv'), join(folder, 'b.csv')),
  'a link to the environment': async (folder) => await symlink('/proc/self/environ', join(folder, 'b.csv')),
  'a link to zeros': async (folder) => await symlink('/dev/zero', join(folder, 'b.csv')),
  'a link to the configuration': async (folder) => await symlink('../dayfold.yaml', join(folder, 'b.csv')),
  'a link to the secrets': async (folder) => await symlink('../secrets.yaml', join(folder, 'b.csv')),
  'a link to the database': async (folder) => await symlink('../data/dayfold.db', join(folder, 'b.csv')),
  'a link to a link': async (folder) => {
    await symlink('c.txt', join(folder, 'b.csv'));
    await symlink('../outside.csv', join(folder, 'c.txt'));
  },
  'a link to itself': async (folder) => await symlink('b.csv', join(folder, 'b.csv')),
  'a link to nothing': async (folder) => await symlink('nothing', join(folder, 'b.csv')),
  'a link to the folder above': async (folder) => await symlink('..', join(folder, 'b.csv')),
  'a pipe': (folder) => execFileSync('mkfifo', [join(folder, 'b.csv')]),
  'a folder': async (folder) => await mkdir(join(folder, 'b.csv')),
  'a name that begins a line': async (folder) => await writeFile(join(folder, 'b\n{"level":60}.csv'), '[', 'utf8'),
  'a name that clears the screen': async (folder) => await writeFile(join(folder, 'b\u001b[2J.csv'), 'x\ny\n'),
  'a name that turns round': async (folder) => await writeFile(join(folder, 'b\u202evsc.csv'), 'x\ny\n'),
  'a name of markup': async (folder) => await writeFile(join(folder, '<img src=x onerror=alert(1)>.csv'), 'x\ny\n'),
  'a name as long as can be': async (folder) => await writeFile(join(folder, `${'b'.repeat(251)}.csv`), 'x\ny\n'),
  'a name that all objects inherit': async (folder) => await writeFile(join(folder, '__proto__.csv'), 'x\ny\n'),
};

/** Content that is made to harm who reads it. */
const CONTENT: readonly (readonly [name: string, content: () => string | Buffer, told: RegExp, mode?: string])[] = [
  ['columns.csv', () => `${'v,'.repeat(1_000_000)}v\n${'1,'.repeat(1_000_000)}1\n`, /a line is longer than 1 MB/],
  ['columns-below.csv', () => `${'v,'.repeat(500_000)}v\n`, /500001 columns, and at most 16384 are read/],
  ['commas.csv', () => Buffer.alloc(10 * MB, ','), /a line is longer than 1 MB/],
  ['line.csv', () => Buffer.alloc(100 * MB, 'x'), /a line is longer than 1 MB/],
  ['line.jsonl', () => Buffer.alloc(100 * MB, 'x'), /a line is longer than 16 MB/, 'table'],
  ['line.log', () => Buffer.alloc(100 * MB, 'x'), /"state":"running"/, 'log'],
  ['quote.csv', () => `Date,Pages\n"${'x\n'.repeat(2 * MB)}`, /a quote that opens in line 2 is not closed/],
  ['quotes.csv', () => `Date,Pages\n${'"'.repeat(900_000)}\n`, /none of 1 rows|not closed|readable date/],
  ['deep.json', () => nested(1_000_000), /JSON nested deeper than 64 levels/],
  ['deep.jsonl', () => `${nested(1_000_000)}\n`, /JSON nested deeper than 64 levels/],
  [
    'large.json',
    () => Buffer.concat([Buffer.from('['), Buffer.alloc(70 * MB, '1,'), Buffer.from('1]')]),
    /too much for one JSON document/,
  ],
  ['zeros.csv', () => Buffer.alloc(3 * MB), /a line is longer than 1 MB/],
  ['half.json', () => `{"items":[{"Date":"2026-01-01",`, /not JSON \(half written\?\)/],
  [
    'bytes.csv',
    () => Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7919) & 0xff)),
    /none of \d+ rows|not closed/,
  ],
];

let folder: Folder;
let daemon: RunningDaemon;

beforeAll(async () => {
  const sources: Record<string, object> = { good: { plugin: 'file', quiet: '100ms', path: 'good.csv', series: PAGES } };
  for (const [index, [path]] of NAMED.entries())
    sources[`named_${index}`] = { plugin: 'file', path, format: 'csv', series: PAGES };
  for (const index of Object.keys(PLACED).keys())
    sources[`placed_${index}`] = { plugin: 'file', quiet: '100ms', path: `placed-${index}`, series: PAGES };
  for (const [index, [name, , , mode]] of CONTENT.entries())
    sources[`content_${index}`] = { plugin: 'file', quiet: '100ms', path: name, mode: mode ?? 'auto', series: PAGES };
  folder = await Folder.with({
    'good.csv': GOOD,
    'outside.csv': `Date,Pages,${CANARY}\n2026-11-20,99\n`,
    'secrets.yaml': `unused: ${CANARY}\n`,
    'dayfold.yaml': configurationOf(sources, {
      pages_good: { from: 'good.a', fold: 'sum', group: 'media', type: 'integer' },
      ...Object.fromEntries(
        Object.keys(sources)
          .filter((name) => name !== 'good')
          .map((name) => [`pages_${name}`, { from: `${name}.a`, fold: 'sum', group: 'media', type: 'integer' }]),
      ),
    }),
  });
  execFileSync('mkfifo', [join(folder.path, 'pipe.csv')]);
  for (const [name, target] of [
    ['zero.csv', '/dev/zero'],
    ['environ.csv', '/proc/self/environ'],
    ['to-data', 'data'],
    ['database.csv', 'data/dayfold.db'],
    ['settings.csv', 'dayfold.yaml'],
    ['loop.csv', 'loop.csv'],
    ['gone.csv', 'nowhere.csv'],
  ] as const)
    await symlink(target, join(folder.path, name));
  for (const [index, place] of Object.values(PLACED).entries()) {
    const watched = join(folder.path, `placed-${index}`);
    await mkdir(watched);
    await writeFile(join(watched, 'a.csv'), GOOD);
    await place(watched);
  }
  for (const [name, content] of CONTENT) await writeFile(join(folder.path, name), content());
  daemon = await RunningDaemon.in(folder, ['--log-json'], { env: { KANARI: CANARY } });
}, 120_000);

afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

test.each(NAMED.map(([path, told], index) => [path, told, index] as const))(
  '%s is not read, and told',
  async (_path, told, index) => {
    const report = await sourceSays(daemon.control, `named_${index}`, told);
    expect(report.readings).toBe(0);
    expect(report.state).toBe(told === ABSENT ? 'degraded' : 'invalid');
  },
);

test.each(Object.keys(PLACED).map((what, index) => [what, index] as const))(
  'beside %s in its folder a good file is read, and nothing else',
  async (_what, index) => {
    const report = await sourceSays(daemon.control, `placed_${index}`, ({ readings }) => readings > 0);
    expect(report.readings).toBe(1);
    expect(report.state).toBeOneOf(['running', 'degraded']);
  },
);

test.each(CONTENT.map(([name, , told], index) => [name, told, index] as const))(
  'what %s holds gives no reading, and is told',
  async (_name, told, index) => {
    const report = await sourceSays(daemon.control, `content_${index}`, told);
    expect(report.readings).toBe(0);
  },
);

test('the others went on, no value came of any of it, and nothing of it is shown', async () => {
  const good = await sourceOf(daemon.control, 'good');
  expect(good).toMatchObject({ state: 'running', readings: 1 });
  await appendFile(join(folder.path, 'good.csv'), '2026-11-20,41\n');
  await sourceSays(daemon.control, 'good', ({ readings }) => readings === 2);
  const days = await daemon.control.days({});
  const placed = Object.keys(PLACED).map((_, index) => [`pages_placed_${index}`, 1] as const);
  expect(new Set(days.map(({ attribute, wanted }) => JSON.stringify([attribute, wanted])))).toEqual(
    new Set([['pages_good', 42], ...placed].map((each) => JSON.stringify(each))),
  );
  const { problems } = await daemon.control.status();
  expect(problems.filter(({ code }) => code === 'daemon.error')).toEqual([]);
  for (const text of [daemon.log, JSON.stringify(await daemon.control.status())]) expect(text).not.toContain(CANARY);
  for (const line of daemon.log.trim().split('\n'))
    expect(JSON.parse(line), line).toMatchObject({ msg: expect.any(String) as string });
  expect((await fetch(`${daemon.url}/readyz`)).status).toBe(200);
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${daemon.child.pid}/status`, 'utf8')) ?? [];
  expect(Number(peak)).toBeLessThan(640_000);
});

test('a path that holds NUL is refused by its place in the file', async () => {
  await folder.write('nul.yaml', configurationOf({ books: { plugin: 'file', path: 'a\0.csv', series: PAGES } }));
  const { status, stderr } = await folder.run(['check', '--config', 'nul.yaml']);
  expect(status).toBe(2);
  expect(stderr).toMatch(/nul\.yaml:5:\d+ sources\.books\.path: expected a path, which holds no character NUL/);
});

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}
