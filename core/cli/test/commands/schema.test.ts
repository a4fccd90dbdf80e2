import { expect, test } from 'vitest';
import { Folder } from '../command.ts';

const SDK = new URL('../../../sdk/src/index.ts', import.meta.url).href;
const ZOD = import.meta.resolve('zod');
const PLUGIN = `import { definePlugin } from ${JSON.stringify(SDK)};
import { z } from ${JSON.stringify(ZOD)};
export default definePlugin({
  name: 'garden',
  config: z.object({ beds: z.number().meta({ description: 'how many beds' }) }),
  source: () => ({ start() {} }),
});
`;

interface Schema {
  readonly $defs: Readonly<Record<string, { readonly properties?: object }>>;
}

test('the schema holds the options of the plugins that the configuration names', async () => {
  await using folder = await Folder.with({
    'garden.mjs': PLUGIN,
    // Unfinished: the attribute lacks its series.
    'dayfold.yaml': `sources:
  garden: { plugin: ./garden.mjs }
  away: { plugin: dayfold-plugin-away }
attributes: { x: {} }
`,
  });
  const { status, stdout, stderr } = await folder.run(['schema']);
  expect(status).toBe(0);
  const { $defs } = JSON.parse(stdout) as Schema;
  expect(Object.keys($defs)).toEqual(expect.arrayContaining(['plugin:mqtt', 'plugin:webhook', 'plugin:._garden.mjs']));
  expect($defs['plugin:._garden.mjs']?.properties).toMatchObject({ beds: { description: 'how many beds' } });
  expect(stderr).toMatch(/^dayfold: left out of the schema: plugin dayfold-plugin-away is not installed.*\n$/);
});

test('without a configuration the schema holds the bundled plugins, with a missing one it is an error', async () => {
  await using folder = await Folder.with();
  const [bare, missing] = await Promise.all([
    folder.run(['schema']),
    folder.run(['schema', '--config', 'elsewhere.yaml']),
  ]);
  expect([bare.status, bare.stderr, missing.status, missing.stdout]).toEqual([0, '', 2, '']);
  expect(Object.keys((JSON.parse(bare.stdout) as Schema).$defs)).toContain('plugin:mqtt');
  expect(missing.stderr).toContain('there is no file');
});
