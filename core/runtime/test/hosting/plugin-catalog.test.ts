import type { Plugin } from '@dayfold/sdk';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { PluginCatalog } from '../../src/hosting/plugin-catalog.ts';
import { HostDesk, sourceNamed } from './host-desk.ts';

const created: string[] = [];
afterAll(async () => {
  for (const folder of created) await rm(folder, { recursive: true, force: true });
});

/** A folder with these files, and the catalog of a configuration in it. */
async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-plugins-'));
  created.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const bundled = new Map<string, Plugin>(['mqtt', 'file'].map((name) => [name, { name } as unknown as Plugin]));
  return { folder, catalog: new PluginCatalog(bundled, folder) };
}

/** A plugin as its author would export it, with as much of a zod schema as a look at its shape needs. */
function moduleOf(name: string, changes = ''): string {
  return `export default { api: 1, name: '${name}', config: { _zod: {}, safeParseAsync() {} }, inject: [], source: () => ({ start() {} }), ${changes} };\n`;
}

function packageOf(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ type: 'module', version: '1.0.0', ...fields });
}

const refusal = (message: string | RegExp) =>
  expect.objectContaining({
    code: 'plugin.config_invalid',
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
  }) as unknown;

test('bundled plugins go by their short names', async () => {
  const { catalog } = await folderOf({});
  expect((await catalog.load('mqtt')).name).toBe('mqtt');
  expect(catalog.names()).toEqual(['mqtt', 'file']);
});

test('a module that never ends its loading is given up', async () => {
  const { folder } = await folderOf({ 'slow.js': 'await new Promise(() => {});' });
  const clock = new FakeClock(0);
  const loading = new PluginCatalog(new Map(), folder, clock).load('./slow.js');
  const [given] = await Promise.all([loading.catch((error: unknown) => error), clock.advance(30_000)]);
  expect(given).toEqual(refusal(/^plugin .\/slow.js cannot be loaded: it was not loaded after 30 s; correct it/));
});

test('a local path is relative to the configuration, or absolute, and names a file in JavaScript or TypeScript', async () => {
  const { folder, catalog } = await folderOf({
    'mine/plain.js': moduleOf('plain'),
    'mine/typed.ts': `const name: string = 'typed';\n${moduleOf('typed', 'name')}`,
  });
  expect((await catalog.load('./mine/plain.js')).name).toBe('plain');
  expect((await catalog.load('./mine/typed.ts')).name).toBe('typed');
  expect((await catalog.load(join(folder, 'mine/plain.js'))).name).toBe('plain');
  expect(catalog.known('./mine/plain.js')?.name).toBe('plain');
});

test.each([
  ['exports', { name: 'x', exports: './entry.js' }, 'entry.js'],
  ['exports for import only', { name: 'x', exports: { '.': { import: './entry.js' } } }, 'entry.js'],
  ['exports under conditions', { name: '@me/x', exports: { node: { default: './a/entry.js' } } }, 'a/entry.js'],
  ['main', { name: 'x', main: './entry.js' }, 'entry.js'],
  ['main without its ending', { main: 'entry' }, 'entry.js'],
  ['main as a folder', { main: 'lib' }, 'lib/index.js'],
  ['neither', {}, 'index.js'],
  ['neither, in TypeScript', {}, 'index.ts'],
])('a folder is entered by its package.json: %s', async (_what, description, entry) => {
  const { catalog } = await folderOf({
    'plug/package.json': packageOf(description),
    [`plug/${entry}`]: moduleOf('folder'),
  });
  expect((await catalog.load('./plug')).name).toBe('folder');
});

test('a folder without package.json is entered by its index', async () => {
  const { catalog } = await folderOf({ 'plug/index.mjs': moduleOf('bare') });
  expect((await catalog.load('./plug')).name).toBe('bare');
});

test.each([
  ['import only', { exports: { import: './entry.js' } }],
  ['import only, under the main path', { exports: { '.': { types: './x.d.ts', import: './entry.js' } } }],
  ['default', { exports: { '.': { default: './entry.js' } } }],
  ['main', { main: './entry.js' }],
])('a package beside the configuration is found by its name: %s', async (_what, fields) => {
  for (const name of ['dayfold-plugin-scale', '@me/dayfold-plugin-scale']) {
    const { catalog } = await folderOf({
      [`node_modules/${name}/package.json`]: packageOf({ name, ...fields }),
      [`node_modules/${name}/entry.js`]: moduleOf('scale'),
    });
    expect((await catalog.load(name)).name).toBe('scale');
  }
});

test('a package above the configuration and one that is linked are found too', async () => {
  const { folder } = await folderOf({
    'node_modules/up/package.json': packageOf({ name: 'up', exports: './entry.js' }),
    'node_modules/up/entry.js': moduleOf('up'),
    'elsewhere/package.json': packageOf({ name: 'linked', exports: './entry.js' }),
    'elsewhere/entry.js': moduleOf('linked'),
  });
  await mkdir(join(folder, 'etc'));
  await symlink(join(folder, 'elsewhere'), join(folder, 'node_modules/linked'));
  const catalog = new PluginCatalog(new Map(), join(folder, 'etc'));
  expect((await catalog.load('up')).name).toBe('up');
  expect((await catalog.load('linked')).name).toBe('linked');
});

test.each(['missing', 'Missing One', '@me/missing', 'fs', 'node:fs', 'data:text/javascript,export default 1'])(
  '"%s" is not installed, and the error says where to install it',
  async (name) => {
    const { folder, catalog } = await folderOf({});
    await expect(catalog.load(name)).rejects.toEqual(
      refusal(
        `plugin ${name} is not installed; bundled are mqtt, file; install a package beside the configuration with "npm install ${name}" in ${folder}`,
      ),
    );
  },
);

test('a misspelt name of a bundled plugin is recognised', async () => {
  const { catalog } = await folderOf({});
  await expect(catalog.load('mqqt')).rejects.toEqual(refusal(/is not installed; did you mean "mqtt"\?/));
});

test('paths that lead nowhere are told with the place that was looked at', async () => {
  const { folder, catalog } = await folderOf({ 'empty/readme.txt': '', 'broken/package.json': '{' });
  await expect(catalog.load('./gone.js')).rejects.toEqual(
    refusal(`plugin ./gone.js: there is no file ${join(folder, 'gone.js')}`),
  );
  await expect(catalog.load('./empty')).rejects.toEqual(
    refusal(
      /^plugin \.\/empty: the folder .* has no entry; name one as "exports" in its package\.json, or add index\.js$/,
    ),
  );
  await expect(catalog.load('./broken')).rejects.toEqual(refusal(/package\.json cannot be read/));
});

test.each([
  ['syntax.js', 'export default {', /cannot be loaded: .+; correct it if it is yours; else install another version/],
  ['throws.js', 'throw new Error("no sensor library")', /cannot be loaded: no sensor library; correct it/],
  ['nothing.js', 'throw undefined', /cannot be loaded: it threw undefined; correct it/],
  [
    'needs.js',
    'import "dayfold-nowhere"',
    /cannot be loaded: .*dayfold-nowhere.*; install what it needs with "npm install"/,
  ],
  ['empty.js', '', /its default export is not a plugin; it should be definePlugin/],
  ['named.js', 'export const plugin = {}', /its default export is not a plugin/],
  ['null.js', 'export default null', /its default export is not a plugin/],
  ['old.js', moduleOf('old', 'api: 0'), /its default export is not a plugin/],
  ['nosource.js', moduleOf('nosource', 'source: 1'), /its default export is not a plugin/],
  [
    'newer.js',
    moduleOf('newer', 'api: 2'),
    /is made for plugin API 2, and this dayfold has 1; update dayfold, or install an older/,
  ],
  ['zod3.js', moduleOf('zod3', 'config: { safeParseAsync() {} }'), /its "config" is not a schema of zod 4/],
  ['noconfig.js', moduleOf('noconfig', 'config: undefined'), /its "config" is not a schema of zod 4/],
])('a plugin that cannot be used says why and what next: %s', async (file, text, message) => {
  const { catalog } = await folderOf({ [file]: text, 'package.json': packageOf({}) });
  await expect(catalog.load(`./${file}`)).rejects.toEqual(refusal(message));
});

test('a package that exports nothing to import says so', async () => {
  const { catalog } = await folderOf({
    'node_modules/odd/package.json': packageOf({ name: 'odd', exports: { './other': './x.js' } }),
  });
  await expect(catalog.load('odd')).rejects.toEqual(
    refusal(/^plugin odd has no entry that can be imported: .+; install another version, or tell its author$/),
  );
});

test('a plugin that brings its own copy of the SDK gets the services of this one, and its errors steer the host', async () => {
  const copy = 'node_modules/dayfold-plugin-foreign/node_modules/@dayfold/sdk';
  const { folder } = await folderOf({
    [`${copy}/package.json`]: packageOf({ name: '@dayfold/sdk', exports: './index.js' }),
    [`${copy}/index.js`]:
      "export * from './define-plugin.js'; export * from './errors.js'; export * from './services.js';",
    [`${copy}/define-plugin.js`]: await sdkSource('define-plugin.ts'),
    [`${copy}/errors.js`]: await sdkSource('errors.ts'),
    [`${copy}/services.js`]: await sdkSource('services.ts'),
    'node_modules/dayfold-plugin-foreign/package.json': packageOf({
      name: 'dayfold-plugin-foreign',
      exports: { import: './index.js' },
    }),
    'node_modules/dayfold-plugin-foreign/index.js': `
      import { ConfigInvalid, LoginRequired, Readings, Storage, definePlugin } from '@dayfold/sdk';
      export { ConfigInvalid };
      export default definePlugin({
        name: 'foreign',
        config: { _zod: {}, safeParseAsync() {} },
        inject: [Readings, Storage],
        source: (options, readings, storage) => ({
          async start() {
            if (options.fails === 'login') throw new LoginRequired('who are you?');
            if (options.fails === 'config') throw new ConfigInvalid('which sensor?');
            await storage.set('seen', await storage.get('seen') ?? 1);
            void readings.emit([{ series: 'x', value: 1, time: '2026-03-10T11:00:00Z' }]);
          },
        }),
      });`,
  });
  const catalog = new PluginCatalog(new Map(), folder);
  const plugin = await catalog.load('dayfold-plugin-foreign');
  const desk = new HostDesk(
    ['', 'login', 'config'].map((fails) => sourceNamed(`home${fails}`, { options: { fails } })),
  ).plugin('test', plugin.inject, plugin.source);
  await desk.host.start();
  await desk.clock.advance(20);
  expect(await desk.status('home')).toMatchObject({ state: 'running', readings: 1 });
  expect(await desk.store.keyValues.get('home', 'seen')).toBe(1);
  expect(await desk.status('homelogin')).toMatchObject({ state: 'login required', message: 'who are you?' });
  expect(await desk.status('homeconfig')).toMatchObject({ state: 'invalid', message: 'which sensor?' });
  // It really is another copy.
  const foreign = (await import(join(folder, 'node_modules/dayfold-plugin-foreign/index.js'))) as {
    ConfigInvalid: unknown;
  };
  expect(foreign.ConfigInvalid).not.toBe((await import('@dayfold/sdk')).ConfigInvalid);
  await desk.host.stop();
});

/** A module of the SDK as it would be published. */
async function sdkSource(file: string): Promise<string> {
  const path = join(dirname(fileURLToPath(import.meta.resolve('@dayfold/sdk'))), file);
  return stripTypeScriptTypes(await readFile(path, 'utf8')).replaceAll(/(from '\.\/[\w-]+)\.ts'/g, "$1.js'");
}
