import { expect, test } from 'vitest';
import { Columns } from '../src/csv-layout.ts';

test('of columns with one name the first counts, and one without a name is left out', () => {
  const columns = new Columns(true);
  expect(columns.record(['Date', ' Pages ', 'Pages', ''])).toBeUndefined();
  expect(columns.record(['2026-03-29', '12', '13', 'x'])).toEqual({ Date: '2026-03-29', Pages: '12' });
});

test('names that objects have of themselves are columns like any other', () => {
  const columns = new Columns(true);
  columns.record(['__proto__', 'constructor', 'toString']);
  const record = columns.record(['1', '2', '3']) ?? {};
  expect(new Map(Object.entries(record))).toEqual(
    new Map([
      ['__proto__', '1'],
      ['constructor', '2'],
      ['toString', '3'],
    ]),
  );
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
});
