import type { SourceConfiguration } from '@dayfold/runtime';
import type { Source } from '@dayfold/sdk';
import { openSqliteStore } from '@dayfold/store-sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeSources } from '../../src/probe-sources.ts';
import { Folder } from '../command.ts';

const BOOKS = `timezone: UTC
sources:
  books: { plugin: file, path: ./books.csv, series: { pages: { date: Date, value: Pages } } }
attributes:
  pages_read: { from: books.pages, fold: sum }
`;

test('sources are probed beside a daemon that holds the data folder', async () => {
  await using folder = await Folder.with({ 'dayfold.yaml': BOOKS, 'books.csv': 'Date,Pages\n2026-03-01,4\n' });
  await using _held = await openSqliteStore({ folder: join(folder.path, 'data') });
  const { status, stdout } = await folder.run(['check', '--connect', '--json']);
  expect(status).toBe(0);
  const probes = [{ source: 'books', samples: [{ text: expect.stringContaining('2026-03-01') as string }] }];
  expect(JSON.parse(stdout)).toMatchObject({ valid: true, sources: 1, probes });
});

test('mistakes are a document with --json and a line each without', async () => {
  await using folder = await Folder.with({ 'dayfold.yaml': BOOKS.replace('fold: sum', 'fold: summ') });
  const [json, plain] = await Promise.all([folder.run(['check', '--json']), folder.run(['check'])]);
  expect([json.status, plain.status, json.stderr, plain.stdout]).toEqual([2, 2, '', '']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    valid: false,
    mistakes: [{ line: 5, path: 'attributes.pages_read.fold', suggestion: 'sum' }],
  });
  expect(plain.stderr).toMatch(/dayfold\.yaml:5:\d+ attributes\.pages_read\.fold: .*\(did you mean "sum"\?\)/);
});

test('a source that leads into the data folder is a mistake at its line, wherever that is', async () => {
  await using folder = await Folder.with({
    'dayfold.yaml': BOOKS.replace('./books.csv', '[./books.csv, ./own/*.csv]'),
  });
  const fine = await folder.run(['check']);
  expect(fine.status).toBe(0);
  const { status, stdout } = await folder.run(['check', '--json', '--data', 'own']);
  expect(status).toBe(2);
  const message = expect.stringContaining(
    `leads into the data folder of dayfold (${join(folder.path, 'own')})`,
  ) as string;
  expect(JSON.parse(stdout)).toMatchObject({
    valid: false,
    mistakes: [{ line: 3, column: 46, path: 'sources.books.path[1]', message }],
  });
});

test('what one source throws is one line at that source', async () => {
  const sources = ['deaf', 'odd', 'fine', 'off'].map(
    (name): SourceConfiguration => ({ name, plugin: 'x', enabled: name !== 'off', options: {} }) as SourceConfiguration,
  );
  const probes: Readonly<Record<string, Source['probe']>> = {
    deaf: async () => await Promise.reject(new Error('refused\n  at somewhere')),
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- a plugin may
    odd: async () => await Promise.reject(undefined),
    fine: async () => await Promise.resolve([{ from: 'a', text: '1' }]),
  };
  const build = async ({ name }: SourceConfiguration) =>
    await Promise.resolve({ source: { start: () => undefined, probe: probes[name] }, record: {} } as never);
  expect(await probeSources(sources, { build })).toEqual([
    { source: 'deaf', samples: [], error: 'refused at somewhere' },
    { source: 'odd', samples: [], error: 'undefined' },
    { source: 'fine', samples: [{ from: 'a', text: '1' }] },
  ]);
});

test('a source that cannot be reached ends the check with 1', async () => {
  const yaml = 'sources: { home: { plugin: mqtt, url: "mqtt://127.0.0.1:1", series: { door: { topic: door } } } }\n';
  await using folder = await Folder.with({ 'dayfold.yaml': yaml });
  const { status, stdout } = await folder.run(['check', '--connect']);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^home: .*127\.0\.0\.1:1 refused the connection$/m);
});
