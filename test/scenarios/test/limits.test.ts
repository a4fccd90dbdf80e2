import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BOUNDS } from '../src/soak/usage.ts';

const ROOT = new URL('../../../', import.meta.url);
const page = readFileSync(new URL('docs/limits.md', ROOT), 'utf8');
const rows = page.split('\n').filter((line) => /^\| [^|]*[a-z]/.test(line) && !line.startsWith('| bound |'));

test('each limit in the docs names a test that is there', () => {
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) {
    const files = [...row.matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(([, file]) => file as string);
    expect(files, row).not.toEqual([]);
    for (const file of files) expect(existsSync(new URL(file, ROOT)), file).toBe(true);
  }
});

test('the bounds of the soak are those that the docs promise', () => {
  const MB = 1024 ** 2;
  expect(page).toContain(`| resident memory | ${BOUNDS.memoryBytes / MB} MB |`);
  expect(page).toContain(`| open files | ${BOUNDS.descriptors} |`);
  expect(page).toContain(`| database, with its write-ahead log and its tail | ${BOUNDS.storeBytes / MB} MB |`);
});
