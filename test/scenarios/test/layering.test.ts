import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
/** Rooms of core/runtime/src, lowest first: each imports only from itself and those before it. */
const ROOMS = ['kernel', 'day', 'config', 'folding', 'store', 'intake', 'writing', 'hosting', 'app'];
/** What a package may import of the others. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'core/sdk': [],
  'core/runtime': ['@dayfold/sdk'],
  'core/exist': ['@dayfold/runtime', '@dayfold/sdk'],
  'core/store-sqlite': ['@dayfold/runtime', '@dayfold/sdk'],
  'core/web': ['@dayfold/runtime', '@dayfold/sdk'],
  'core/cli': [
    '@dayfold/exist',
    '@dayfold/runtime',
    '@dayfold/sdk',
    '@dayfold/store-sqlite',
    '@dayfold/web',
    '@dayfold/plugin-mqtt',
    '@dayfold/plugin-file',
    '@dayfold/plugin-http',
  ],
  'plugins/mqtt': ['@dayfold/sdk'],
  'plugins/file': ['@dayfold/sdk'],
  'plugins/http': ['@dayfold/sdk'],
};
/** Where the container may be named. */
const CONTAINER = /\.module\.ts$|^core\/runtime\/src\/(?:app|hosting)\/|^core\/runtime\/src\/kernel\/token\.ts$/;

interface Import {
  readonly file: string;
  readonly target: string;
}

test('rooms import downwards only', () => {
  expect(importsOf('core/runtime/src').flatMap(upward)).toEqual([]);
});

test('packages import along the arrows only', () => {
  expect(
    Object.keys(ARROWS).flatMap((folder) => importsOf(`${folder}/src`).flatMap((each) => astray(folder, each))),
  ).toEqual([]);
});

test('the container is named in module files, app and hosting only', () => {
  const named = Object.keys(ARROWS).flatMap((folder) => importsOf(`${folder}/src`));
  const wrong = named.filter(({ file, target }) => target === 'inversify' && !CONTAINER.test(file));
  expect(wrong).toEqual([]);
});

test('a wrong import would be found', () => {
  const upwards = { file: 'core/runtime/src/day/clock.ts', target: '../store/journal.ts' };
  expect(upward(upwards)).toHaveLength(1);
  expect(upward({ file: 'core/runtime/src/store/journal.ts', target: '../day/clock.ts' })).toEqual([]);
  expect(astray('plugins/mqtt', { file: 'plugins/mqtt/src/index.ts', target: '@dayfold/runtime' })).toHaveLength(1);
  expect(importsOf('core/runtime/src').length).toBeGreaterThan(100);
});

function upward({ file, target }: Import): string[] {
  if (!target.startsWith('.')) return [];
  const from = roomOf(file);
  const to = roomOf(relative(ROOT, resolve(ROOT, dirname(file), target)));
  return from === undefined || to === undefined || ROOMS.indexOf(to) <= ROOMS.indexOf(from)
    ? []
    : [`${file} imports ${target}`];
}

function astray(folder: string, { file, target }: Import): string[] {
  if (target.startsWith('.')) {
    const inside = relative(join(ROOT, folder), resolve(ROOT, dirname(file), target));
    return inside.startsWith('..') ? [`${file} imports ${target}`] : [];
  }
  const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0];
  const isOurs = name === 'dayfold' || name?.startsWith('@dayfold/') === true;
  return isOurs && !(ARROWS[folder] ?? []).includes(name as string) ? [`${file} imports ${target}`] : [];
}

function roomOf(file: string): string | undefined {
  return /^core\/runtime\/src\/(\w+)\//.exec(file.replaceAll('\\', '/'))?.[1];
}

function importsOf(folder: string): Import[] {
  return globSync(`${folder}/**/*.ts`, { cwd: ROOT }).flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target]) => ({
      file,
      target: target as string,
    }));
  });
}
