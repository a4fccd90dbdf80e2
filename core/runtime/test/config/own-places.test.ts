import { path } from '@dayfold/sdk';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { lines } from './load.ts';

const readings = () => path({ readings: true });
const options = z.strictObject({
  path: z.union([readings(), z.array(readings())]),
  ca: path().optional(),
});

test.each([
  ['/var/dayfold', true],
  ['/var/dayfold/', true],
  ['/var/dayfold/notes.csv', true],
  ['/var/dayfold/*.csv', true],
  ['../../var/dayfold/notes.csv', true],
  ['/var/dayfold/exports/notes.csv', false],
  ['/var/dayfold-notes/notes.csv', false],
  ['/var', false],
  ['/var/*.csv', false],
])('readings at %s lie in the data folder /var/dayfold: %s', async (written, isWithin) => {
  const text = `sources:\n  notes:\n    plugin: p\n    path: ${written}\n`;
  const found = await lines(text, {}, where(text, '/var/dayfold'));
  const message = expect.stringMatching(
    /^\/etc\/dayfold\/dayfold.yaml:4:11 sources\.notes\.path: leads into the data folder/,
  );
  expect(found).toEqual(isWithin ? [message as string] : []);
});

test('only where the data folder is told, and only paths of readings', async () => {
  const text = 'sources: { notes: { plugin: p, path: [/a/b.csv, /var/dayfold/c.csv], ca: /var/dayfold/ca.pem } }\n';
  expect(await lines(text, {}, where(text, undefined))).toEqual([]);
  expect(await lines(text, {}, where(text, '/var/dayfold'))).toEqual([
    expect.stringContaining('sources.notes.path[1]: leads into the data folder of dayfold (/var/dayfold)'),
  ]);
});

test('links on either side are followed', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dayfold-own-places-')));
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data', 'notes.csv'), '');
  await symlink(join(folder, 'data'), join(folder, 'linked'));
  await symlink(join(folder, 'data', 'notes.csv'), join(folder, 'notes.csv'));
  for (const written of ['linked', 'linked/notes.csv', 'linked/*.csv', 'notes.csv']) {
    const text = `sources: { notes: { plugin: p, path: "${join(folder, written)}" } }\n`;
    expect(await lines(text, {}, where(text, join(folder, 'data')))).toHaveLength(1);
  }
  const text = `sources: { notes: { plugin: p, path: "${join(folder, 'data')}" } }\n`;
  expect(await lines(text, {}, where(text, join(folder, 'linked')))).toHaveLength(1);
  await rm(folder, { recursive: true });
});

function where(text: string, dataFolder: string | undefined) {
  return {
    file: '/etc/dayfold/dayfold.yaml',
    readFile: async () => await Promise.resolve(text),
    pluginSchema: () => options,
    ...(dataFolder !== undefined && { dataFolder }),
  };
}
