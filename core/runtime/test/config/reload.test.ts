import { expect, test } from 'vitest';
import { z } from 'zod';
import { duration } from '@dayfold/sdk';
import { definitionOf } from '../../src/config/definition.ts';
import { differences } from '../../src/config/differences.ts';
import { configurationJsonSchema } from '../../src/config/json-schema.ts';
import { closest, formatMistakes } from '../../src/config/mistakes.ts';
import { loaded, WHOLE, WHOLE_ENV, WHOLE_FILES } from './load.ts';

const read = async (text: string) => (await loaded(text, WHOLE_FILES, WHOLE_ENV)).configuration;

test('what affects a value changes the definition, what does not leaves it', async () => {
  const define = async (text: string) =>
    definitionOf(
      (
        await read(
          `sources: { s: { plugin: p } }\nattributes: { a: { from: s.x, group: food, type: float, ${text} } }\n`,
        )
      ).attributes[0]!,
    );
  const plain = await define('fold: sum');
  for (const same of ['fold: sum, label: Other', 'fold: sum, write: daily', 'fold: { sum: }', 'fold: sum, scale: 1'])
    expect(await define(same)).toBe(plain);
  for (const other of [
    'fold: max',
    'fold: sum, when: "> 1"',
    'fold: sum, unit: km',
    'fold: sum, scale: 2',
    'fold: sum, offset: 1',
    'fold: sum, round: 1',
    'fold: sum, span: split',
    'fold: sum, stale: 1h',
    'fold: sum, combine: max',
  ]) {
    expect(await define(other)).not.toBe(plain);
  }
});

test('a reload names the sources and attributes that changed, and what needs a restart', async () => {
  const old = await read(WHOLE);
  expect(differences(old, await read(WHOLE))).toEqual({
    sources: { added: [], removed: [], changed: [] },
    attributes: { added: [], removed: [], changed: [] },
    restartNeeded: [],
  });
  const next = await read(
    WHOLE.replace('zigbee2mqtt/fridge', 'zigbee2mqtt/fridge2')
      .replace('  watch: {', '  band: {')
      .replaceAll('watch.', 'band.')
      .replace('fold: sum', 'fold: max')
      .replace('kitchen_heat', 'kitchen_warmth')
      .replace('port: 9000', 'port: 9001')
      .replace('"04:00"', '"05:00"'),
  );
  expect(differences(old, next)).toEqual({
    sources: { added: ['band'], removed: ['watch'], changed: ['home'] },
    attributes: { added: ['kitchen_warmth'], removed: ['kitchen_heat'], changed: ['pages_read', 'steps'] },
    // The redirect address follows the port.
    restartNeeded: ['exist', 'day_starts', 'web'],
  });
});

test('a secret that changes changes its source', async () => {
  const text = 'sources: { one: { plugin: p, secrets: { t: !secret t } }, two: { plugin: p } }\n';
  const [old, next] = await Promise.all(
    ['first', 'second'].map(async (t) => (await loaded(text, { 'secrets.yaml': `t: ${t}\n` })).configuration),
  );
  expect(differences(old!, next!).sources).toEqual({ added: [], removed: [], changed: ['one'] });
});

test('the JSON Schema holds the file and the options of each plugin, with references that resolve', () => {
  interface Tree {
    readonly value: number;
    readonly children: readonly Tree[];
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ value: z.number(), children: z.array(tree) }));
  const schema = configurationJsonSchema(
    new Map<string, z.ZodType>([
      ['tick', z.strictObject({ every: duration().prefault('1m').meta({ title: 'Interval' }) })],
      ['@scope/dayfold-plugin-tree', z.strictObject({ root: tree })],
    ]),
  );
  const text = JSON.stringify(schema);
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(text).toContain('"const":"@scope/dayfold-plugin-tree"');
  expect(schema.$defs).toMatchObject({
    'plugin:tick': {
      additionalProperties: false,
      properties: {
        plugin: {},
        enabled: {},
        secrets: { type: 'object', additionalProperties: { type: 'string', secret: true } },
        every: { title: 'Interval', default: '1m', type: 'string' },
      },
    },
  });
  for (const [, reference] of text.matchAll(/"\$ref":"#([^"]*)"/g)) {
    const target: unknown = (reference ?? '')
      .split('/')
      .slice(1)
      .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], JSON.parse(text));
    expect([reference, typeof target]).toEqual([reference, 'object']);
  }
});

test('a suggestion is near, and far words suggest nothing', () => {
  expect(closest('foldd', ['fold', 'from'])).toBe('fold');
  expect(closest('fodl', ['fold', 'from'])).toBe('fold');
  expect(closest('FOLD', ['fold'])).toBe('fold');
  expect(closest('banana', ['fold', 'from'])).toBeUndefined();
  expect(closest('x'.repeat(10_000), ['fold'])).toBeUndefined();
});

test('a mistake is one line even where its message is not', () => {
  const at = { file: 'dayfold.yaml', line: 12, column: 5 };
  expect(
    formatMistakes([
      { ...at, path: '', message: 'first\n  second' },
      { ...at, path: 'web', message: 'wrong', suggestion: 'right' },
    ]),
  ).toBe('dayfold.yaml:12:5 first second\ndayfold.yaml:12:5 web: wrong (did you mean "right"?)');
});
