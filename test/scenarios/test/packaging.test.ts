import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const PACKAGES = ['exist', 'plugin-file', 'plugin-http', 'plugin-mqtt', 'runtime', 'sdk', 'store-sqlite', 'web'].map(
  (name) => `@dayfold/${name}`,
);
/** What npm says when no registry answers. */
const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/;
const MINUTES = 60_000;

interface Ended {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

let packed = '';
let folder = '';
let unreachable: string | undefined;

beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), 'dayfold-packed-'));
  folder = await mkdtemp(join(tmpdir(), 'dayfold-installed-'));
  const packing = await node([join(ROOT, 'scripts/pack.mjs'), packed]);
  if (packing.status !== 0) throw new Error(`packing failed:\n${packing.output}${packing.errors}`);
  const tarballs = (await readdir(packed)).map((name) => join(packed, name));
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const installing = await npm([
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    ...tarballs,
  ]);
  if (installing.status === 0) return;
  if (!UNREACHABLE.test(installing.errors)) throw new Error(`installing failed:\n${installing.errors}`);
  unreachable = 'the npm registry cannot be reached';
}, 5 * MINUTES);

afterAll(async () => {
  await rm(packed, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

test('every package carries its licence, its readme and what its exports name', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  for (const name of ['dayfold', ...PACKAGES]) {
    const place = join(folder, 'node_modules', name);
    const files = (await readdir(place, { recursive: true })).map((file) => file.replaceAll('\\', '/'));
    const manifest = JSON.parse(await readFile(join(place, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
    };
    const named = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>),
    );
    expect(files, name).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', ...named.map((file) => file.slice(2))]),
    );
    expect(files.filter((file) => /^test\/|\.test\.|\.tsbuildinfo$|secrets\.yaml/.test(file))).toEqual([]);
  }
});

test('the installed command prints its help', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  const { status, output } = await dayfold(['--help']);
  expect(status).toBe(0);
  expect(output).toContain('Usage: dayfold');
  for (const command of ['run', 'check', 'connect', 'explain'])
    expect(output).toMatch(new RegExp(`^ +${command}\\b`, 'm'));
});

test('the installed command finds its plugins and checks a configuration', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  await writeFile(join(folder, 'good.yaml'), configuration('file'));
  await writeFile(join(folder, 'bad.yaml'), configuration('flie'));
  expect(await dayfold(['check', '--config', 'good.yaml'])).toMatchObject({ status: 0 });
  const wrong = await dayfold(['check', '--config', 'bad.yaml']);
  expect(wrong.status).toBe(2);
  expect(wrong.errors).toContain('flie');
});

test('the installed command carries what only an expression needs', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  await writeFile(join(folder, 'books.csv'), 'Date,Pages\n2026-03-01,20\n2026-03-02,22\n');
  await writeFile(
    join(folder, 'expression.yaml'),
    configuration('file').replace('reading/*.csv', 'books.csv').replace('value: Pages', 'value: $number(Pages) * 2'),
  );
  const common = ['--json', '--config', 'expression.yaml', '--data', 'expressed'];
  expect(await dayfold(['run', '--once', ...common])).toMatchObject({ status: 0, errors: '' });
  const { output } = await dayfold(['days', '--from', '2026-03-01', '--to', '2026-03-02', ...common]);
  expect((JSON.parse(output) as { wanted: number }[]).map(({ wanted }) => wanted)).toEqual([40, 44]);
});

test('a plugin beside the configuration gets the services of the installed command, which carries an SDK of its own', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  await writeFile(
    join(folder, 'mine.js'),
    `import { definePlugin, Readings } from '@dayfold/sdk';
import { z } from 'zod';
export default definePlugin({
  name: 'mine',
  config: z.object({ value: z.int() }),
  inject: [Readings],
  source: ({ value }, readings) => ({ start() {}, once: () => readings.emit([{ series: 'ticks', value }]) }),
});
`,
  );
  await writeFile(join(folder, 'mine.yaml'), 'timezone: UTC\nsources:\n  one: { plugin: ./mine.js, value: 3 }\n');
  const { status, output, errors } = await dayfold(['run', '--once', '--json', '--config', 'mine.yaml']);
  expect([status, errors]).toEqual([0, '']);
  expect(JSON.parse(output)).toMatchObject({ sources: [{ name: 'one', outcome: 'read', readings: 1 }] });
});

test('compiled code is kept for the next start where it can be written, and is done without where not', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  const cache = join(folder, 'cache');
  await writeFile(join(folder, 'a-file'), '');
  for (const place of [cache, join(folder, 'a-file')]) {
    const { status, errors } = await dayfold(['schema'], { XDG_CACHE_HOME: place });
    expect([status, errors]).toEqual([0, '']);
  }
  expect(await readdir(join(cache, 'dayfold'))).not.toEqual([]);
});

test('a daemon whose files were replaced while it runs says what to do where it lacks one, and stops in order', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  const yaml =
    'timezone: UTC\nweb: { port: 0 }\nsources:\n  books: { plugin: file, path: a.csv, series: { n: { value: n } } }\n';
  await writeFile(join(folder, 'upgraded.yaml'), yaml);
  for (const asked of [[], ['/healthz']]) {
    await cp(join(folder, 'node_modules/dayfold'), join(folder, 'copied'), { recursive: true });
    const args = ['run', '--config', 'upgraded.yaml', '--data', `upgraded-${asked.length}`];
    const child = spawn(process.execPath, [join(folder, 'copied/bin/dayfold.js'), ...args], { cwd: folder });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const ended = once(child, 'close');
    try {
      while (!log.includes('it listens on '))
        await Promise.race([once(child.stderr, 'data'), ended.then(() => Promise.reject(new Error(log)))]);
      const url = /it listens on (http:\S+?),/.exec(log)?.[1] ?? '';
      for (const path of asked) expect((await fetch(`${url}${path}`)).status).toBe(200);
      await rm(join(folder, 'copied/bundle'), { recursive: true });
      for (const path of asked) expect((await fetch(`${url}${path}`)).status).toBe(200);
      const answer = await fetch(`${url}/metrics`);
      expect([answer.status, await answer.text()]).toEqual([
        500,
        'a part of dayfold is no longer where it was, as after an upgrade while it runs; start dayfold again\n',
      ]);
    } finally {
      child.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
    expect(log).toContain('as after an upgrade while it runs; start dayfold again');
    await rm(join(folder, 'copied'), { recursive: true });
  }
});

test('the licences of all that is joined into the command come with it', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  const licences = await readFile(join(folder, 'node_modules/dayfold/bundle/LICENSES.txt'), 'utf8');
  for (const name of ['inversify', 'mqtt', 'undici', 'zod']) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
});

test('each bundled plugin is a package that says what it is', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  for (const name of ['mqtt', 'file', 'http']) {
    const script = `const { default: it } = await import('@dayfold/plugin-${name}'); console.log(JSON.stringify([it].flat().map((each) => each.name)));`;
    const { output, errors } = await node(['--input-type=module', '--eval', script], folder);
    expect(errors).toBe('');
    expect(JSON.parse(output)).toContain(name);
  }
});

test('an author gets types from the packages as they are installed', async (context) => {
  context.skip(unreachable !== undefined, unreachable);
  const compile = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,dom,esnext.disposable',
  ];
  await writeFile(join(folder, 'counter.ts'), plugin("series: 'ticks', time: Date.now(), value: 1"));
  await writeFile(join(folder, 'wrong.ts'), plugin('series: 1'));
  expect(await node([TSC, ...compile, '--types', '', 'counter.ts'], folder)).toMatchObject({ status: 0, output: '' });
  expect((await node([TSC, ...compile, '--types', '', 'wrong.ts'], folder)).output).toContain(
    "'number' is not assignable to type 'string'",
  );
});

test('on a Node that is too old the command says so in one sentence', async () => {
  const old =
    "data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })";
  const { status, errors } = await node(['--import', old, join(ROOT, 'core/cli/bin/dayfold.js'), '--help']);
  expect(status).toBe(1);
  expect(errors).toMatch(/^dayfold needs Node\.js 24 or newer; this is 20\.1\.0\.[^\n]*\n$/);
});

function configuration(name: string): string {
  return `timezone: Europe/Berlin
sources:
  books:
    plugin: ${name}
    path: reading/*.csv
    series:
      pages: { date: Date, value: Pages }
attributes:
  pages_read: { from: books.pages, fold: sum }
`;
}

function plugin(reading: string): string {
  return `import { definePlugin, duration, Readings, Schedule } from '@dayfold/sdk';
import { z } from 'zod';

export default definePlugin({
  name: 'counter',
  config: z.object({ every: duration().prefault('1m') }),
  inject: [Readings, Schedule],
  source: (config, readings, schedule) => ({
    async start(signal: AbortSignal) {
      schedule.every(config.every, signal, () => readings.emit([{ ${reading} }]));
    },
  }),
});
`;
}

function dayfold(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  // On Windows npm writes a .cmd file there, which node cannot run.
  const command = process.platform === 'win32' ? 'node_modules/dayfold/bin/dayfold.js' : 'node_modules/.bin/dayfold';
  return node([join(folder, command), ...args], folder, env);
}

function npm(args: readonly string[]): Promise<Ended> {
  const cli = process.env['npm_execpath'];
  return cli?.endsWith('.js') === true ? node([cli, ...args], folder) : end('npm', args, folder);
}

function node(args: readonly string[], cwd = ROOT, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return end(process.execPath, args, cwd, env);
}

/** Runs a program as a user's shell would: without what vitest and the checkout's conditions put into the environment. */
function end(
  program: string,
  args: readonly string[],
  cwd: string,
  added: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { NODE_OPTIONS: _options, VITEST: _vitest, NODE_ENV: _mode, ...env } = process.env;
  return new Promise((done) => {
    const options = { cwd, env: { ...env, ...added }, maxBuffer: 16 * 1024 * 1024, timeout: 4 * MINUTES };
    const child = execFile(program, args, options, (error, output, errors) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ status, output, errors: error !== null && status === 1 && errors === '' ? error.message : errors });
    });
    child.stdin?.end();
  });
}
