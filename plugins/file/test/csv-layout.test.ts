import { expect, test } from 'vitest';
import { Columns } from '../src/csv-layout.ts';
import { CsvRow } from '../src/csv-row.ts';

function recordOf(columns: Columns, values: readonly string[]): Record<string, string> | undefined {
  const names = columns.namesOf(values);
  return names && new CsvRow({ names, values }, 'line 1', ',').record;
}

test('of columns with one name the first counts, and one without a name is left out', () => {
  const columns = new Columns(true);
  expect(recordOf(columns, ['Date', ' Pages ', 'Pages', ''])).toBeUndefined();
  expect(recordOf(columns, ['2026-03-29', '12', '13', 'x'])).toEqual({ Date: '2026-03-29', Pages: '12' });
});

test('names that objects have of themselves are columns like any other', () => {
  const columns = new Columns(true);
  recordOf(columns, ['__proto__', 'constructor', 'toString']);
  const record = recordOf(columns, ['1', '2', '3']) ?? {};
  expect(new Map(Object.entries(record))).toEqual(
    new Map([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ]),
  );
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
});

test('rows have the same list of names until there is another header', () => {
  const columns = new Columns(true);
  columns.namesOf(['Date', 'Pages', 'Books', 'Place']);
  const names = columns.namesOf(['2026-03-29', '12', '1', 'home']);
  expect(columns.namesOf(['2026-03-30', '13', '1'])).toBe(names);
  expect(columns.namesOf(['Date', 'Pages', 'Books', 'Mood'])).toBeUndefined();
  expect(columns.namesOf(['2026-03-31', '14', '2', 'good'])).toEqual(['Date', 'Pages', 'Books', 'Mood']);
});

test('without a header columns are numbered, as many as the longest row has', () => {
  const columns = new Columns(false);
  expect(recordOf(columns, ['a', 'b'])).toEqual({ 1: 'a', 2: 'b' });
  expect(recordOf(columns, ['a', 'b', 'c'])).toEqual({ 1: 'a', 2: 'b', 3: 'c' });
  expect(recordOf(columns, ['a'])).toEqual({ 1: 'a' });
});
