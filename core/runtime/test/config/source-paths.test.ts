import { duration, path, secret } from '@dayfold/sdk';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { configurationJsonSchema } from '../../src/config/json-schema.ts';
import { checkSources } from '../../src/config/load-configuration.ts';
import { withAbsolutePaths } from '../../src/config/source-paths.ts';
import { lines, loaded } from './load.ts';

const PLACES = { folder: '/etc/dayfold', home: '/home/ada' };

/** Every way in which an option may hold a path. */
interface Tree {
  readonly file?: string | undefined;
  readonly children?: readonly Tree[] | undefined;
}
const tree: z.ZodType<Tree> = z.lazy(() =>
  z.strictObject({ file: path().optional(), children: z.array(tree).optional() }),
);
const options = z
  .strictObject({
    one: path().meta({ title: 'One' }).optional(),
    many: z.union([path(), z.array(path()).min(1)]).optional(),
    tls: z.strictObject({ ca: path().optional().meta({ title: 'Authority' }), name: z.string().optional() }).optional(),
    named: z.record(z.string(), z.strictObject({ file: path(), note: z.string().optional() })).optional(),
    pair: z.tuple([z.string(), path()]).optional(),
    defaulted: path().default('/var/log'),
    checked: path()
      .regex(/\.csv$/)
      .transform((text) => text.length)
      .optional(),
    tree: tree.optional(),
    plain: z.string().optional(),
    token: secret().optional(),
    every: duration().optional(),
  })
  .refine(() => true);

test.each([
  ['a/b.csv', '/etc/dayfold/a/b.csv'],
  ['./a.csv', '/etc/dayfold/a.csv'],
  ['../a.csv', '/etc/a.csv'],
  ['/a/b.csv', '/a/b.csv'],
  ['~/a.csv', '/home/ada/a.csv'],
  ['*.csv', '/etc/dayfold/*.csv'],
  ['reading/**/{a,b}*.csv', '/etc/dayfold/reading/**/{a,b}*.csv'],
  ['.', '/etc/dayfold'],
])('the path %s is relative to the folder of the configuration', (written, absolute) => {
  expect(withAbsolutePaths(options, { one: written }, PLACES)).toEqual({ one: absolute });
});

test('paths are found in lists, groups, records, tuples and trees, and nothing else is touched', () => {
  const given = {
    many: ['a', '~/b'],
    tls: { ca: 'ca.pem', name: 'ca.pem' },
    named: { x: { file: 'x', note: 'x' }, ['__proto__']: { file: 'y' } },
    pair: ['a', 'b'],
    checked: 'c.csv',
    tree: { file: 'a', children: [{ file: 'b', children: [] }, {}] },
    plain: 'a/b',
    token: 'a/b',
    every: '1m',
    unknown: 'a/b',
  };
  expect(withAbsolutePaths(options, given, PLACES)).toEqual({
    many: ['/etc/dayfold/a', '/home/ada/b'],
    tls: { ca: '/etc/dayfold/ca.pem', name: 'ca.pem' },
    named: { x: { file: '/etc/dayfold/x', note: 'x' }, ['__proto__']: { file: '/etc/dayfold/y' } },
    pair: ['a', '/etc/dayfold/b'],
    checked: '/etc/dayfold/c.csv',
    tree: { file: '/etc/dayfold/a', children: [{ file: '/etc/dayfold/b', children: [] }, {}] },
    plain: 'a/b',
    token: 'a/b',
    every: '1m',
    unknown: 'a/b',
  });
});

test('what is no text stays as it is, for the check that follows', () => {
  for (const given of [null, 7, true, 'text', [], { one: 7 }, { one: '' }, { many: { a: 'b' } }, { tls: [] }])
    expect(withAbsolutePaths(options, given, PLACES)).toEqual(given);
});

test('a configuration is read from any folder: its paths are beside it', async () => {
  const text = 'sources: { s: { plugin: p, one: a.csv, many: [b, ~/c], every: 1m } }\n';
  const read = await loaded(text, {}, { file: '/etc/dayfold/dayfold.yaml', readFile: async () => text });
  // Without the schemas of the plugins nothing is known of paths yet.
  expect(read.configuration.sources[0]?.options).toMatchObject({ one: 'a.csv' });
  const expected = {
    one: '/etc/dayfold/a.csv',
    many: ['/etc/dayfold/b', '/home/ada/c'],
    defaulted: '/var/log',
    every: 60_000,
  };
  const checked = await checkSources(read, () => options);
  expect(checked.ok && checked.configuration.sources[0]?.options).toEqual(expected);
  const whole = await loaded(
    text,
    {},
    {
      file: '/etc/dayfold/dayfold.yaml',
      readFile: async () => text,
      pluginSchema: () => options,
    },
  );
  expect(whole.configuration.sources[0]?.options).toEqual(expected);
});

test('a configuration that is itself named by a relative path counts from where that is', async () => {
  const { configuration } = await loaded(
    'sources: { s: { plugin: p, one: a.csv } }\n',
    {},
    { pluginSchema: () => options },
  );
  expect(configuration.sources[0]?.options).toMatchObject({ one: resolve('a.csv') });
});

test('a path that is wrong is a mistake like any other', async () => {
  expect(
    await lines(
      'sources: { s: { plugin: p, one: "", many: [7], checked: a.txt } }\n',
      {},
      { pluginSchema: () => options },
    ),
  ).toEqual([
    'dayfold.yaml:1:33 sources.s.one: must not be empty',
    'dayfold.yaml:1:44 sources.s.many[0]: expected text, found a number',
    expect.stringMatching(/^dayfold.yaml:1:57 sources.s.checked: /) as string,
  ]);
});

test('a schema that cannot be described has no paths and is checked all the same', () => {
  const broken = { ...options, _zod: undefined } as unknown as z.ZodType;
  expect(withAbsolutePaths(broken, { one: 'a' }, PLACES)).toEqual({ one: 'a' });
});

test('in the JSON Schema a path is text that says it is one', () => {
  const { $defs } = configurationJsonSchema(new Map([['p', options]]));
  expect($defs).toMatchObject({
    'plugin:p': {
      properties: {
        one: { type: 'string', minLength: 1, path: true, title: 'One' },
        many: {
          anyOf: [
            { type: 'string', path: true },
            { type: 'array', items: { type: 'string', path: true } },
          ],
        },
        tls: { properties: { ca: { type: 'string', path: true, title: 'Authority' } } },
      },
    },
  });
});
