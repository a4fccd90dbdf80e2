import { bundledPlugins } from '../../../core/cli/src/assembly.ts';
import { configurationJsonSchema } from '@dayfold/runtime';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/limits.md'), 'utf8');

interface Row {
  readonly bound: string;
  readonly value: string;
  readonly setBy: string;
  readonly tests: readonly string[];
}

const ROWS: readonly Row[] = PAGE.split('\n')
  .filter((line) => /^\| .*\.test\.ts` \|$/.test(line))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  .filter((cells) => cells.length === 5)
  .map(([bound = '', value = '', , setBy = '', tests = '']) => ({
    bound,
    value,
    setBy,
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file),
  }));
const SETTABLE = ROWS.filter(({ setBy }) => setBy !== '');

type Node = { readonly [key: string]: unknown } | undefined;

test('the page has its rows, and each names tests that are there', () => {
  expect(ROWS.length).toBeGreaterThan(40);
  expect(SETTABLE.length).toBeGreaterThan(7);
  for (const { bound, tests } of ROWS) {
    expect(tests.length, bound).toBeGreaterThan(0);
    for (const file of tests) expect(existsSync(join(ROOT, file)), `${bound}: ${file}`).toBe(true);
  }
});

test.each(SETTABLE.map(({ bound, setBy, value }) => [setBy, bound, value] as const))(
  '%s sets %s, and its default is as the page says',
  async (setBy, _bound, value) => {
    const [, key = '', plugin] = /^`([\w.]+)`(?: of an? `(\w+)` source)?$/.exec(setBy) ?? [];
    const plugins = new Map([...(await bundledPlugins())].map(([name, { config }]) => [name, config as z.ZodType]));
    const schema = configurationJsonSchema(plugins) as NonNullable<Node>;
    const root = plugin === undefined ? schema : (schema['$defs'] as NonNullable<Node>)[`plugin:${plugin}`];
    const found = key.split('.').reduce<Node>((node, name) => property(node, name), root as Node);
    if (found === undefined) throw new Error(`there is no key ${key}`);
    const { description = '', default: preset } = found as { description?: string; default?: string | number };
    const told = /default (\S+)$/i.exec(description)?.[1];
    const given = String(preset ?? told ?? 'none');
    expect(plain(value)).toContain(plain(given));
  },
);

/** Of an object, or of whichever of several alternatives has it. */
function property(node: Node, name: string): Node {
  const alternatives = [
    node,
    ...((node?.['anyOf'] as Node[] | undefined) ?? []),
    ...((node?.['allOf'] as Node[] | undefined) ?? []),
  ];
  for (const each of alternatives) {
    const found = (each?.['properties'] as NonNullable<Node> | undefined)?.[name];
    if (found !== undefined) return found as Node;
  }
  return undefined;
}

/** `35 days` and `35d`, `256 KB` and `256KB`, `one an hour` and `1h` are the same. */
function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('one an hour', '1h')
    .replaceAll(/ ?days?\b/g, 'd')
    .replaceAll(/(?<=\d) (?=[a-z])/g, '');
}
