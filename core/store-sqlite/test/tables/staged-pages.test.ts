import type { JournalReading, LocalDay } from '@dayfold/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { readingsIn } from '../../src/bodies/dated-bodies.ts';
import { Database } from '../../src/database.ts';
import { pageDifference } from '../../src/tables/page-differences.ts';
import { StagedPages } from '../../src/tables/staged-pages.ts';

const ORIGIN = { series: 'home.s', table: 'home/days.csv', receivedAt: 1 };

function row(date: LocalDay, value: JournalReading['value'], unit?: string): JournalReading {
  return { ...ORIGIN, at: Date.parse(date), date, value, ...(unit === undefined ? {} : { unit }) };
}

function bodyOf(...parts: readonly (readonly JournalReading[])[]): Uint8Array {
  const database = new Database(':memory:');
  onTestFinished(() => database.close());
  const staged = new StagedPages(database, 1);
  for (const part of parts) {
    for (const reading of part) staged.add(reading, 1);
    staged.write();
  }
  const pages = [...staged.pages()];
  expect(pages).toHaveLength(1);
  return new Uint8Array(pages[0]?.body ?? []);
}

test.each([
  ['numbers alone', [row('2026-03-29', 2), row('2026-03-30', -1), row('2026-03-29', 1), row('2026-03-29', 1)]],
  [
    'texts, states and units beside them',
    [
      row('2026-03-30', 'b'),
      row('2026-03-29', 5, 'km'),
      row('2026-03-29', true),
      row('2026-03-30', 3),
      row('2026-03-29', 5, 'mi'),
    ],
  ],
])('the same readings give the same bytes, however they come: %s', (_name, rows) => {
  const body = bodyOf(rows);
  const found = readingsIn(body, ORIGIN);
  expect(found).toHaveLength(rows.length);
  expect(found).toEqual(expect.arrayContaining([...rows]));
  expect(bodyOf(rows.toReversed())).toEqual(body);
  expect(bodyOf(rows.slice(2), rows.slice(0, 2))).toEqual(body);
  expect(bodyOf(...rows.map((each) => [each]))).toEqual(body);
});

test('of two pages it is told what came, what went and on which days', () => {
  const before = bodyOf([row('2026-03-29', 1), row('2026-03-29', 1), row('2026-03-30', 'x'), row('2026-03-31', 3)]);
  const after = bodyOf([
    row('2026-03-29', 1),
    row('2026-03-30', 'x'),
    row('2026-03-31', 3, 'km'),
    row('2026-04-01', 4),
  ]);
  const days = (...dates: readonly LocalDay[]): number[] => dates.map((date) => Date.parse(date));

  const { days: touched, ...counts } = pageDifference(before, after);
  expect(counts).toEqual({ added: 2, gone: 2, unchanged: 2 });
  expect([...touched]).toEqual(days('2026-03-29', '2026-03-31', '2026-04-01'));
  expect(pageDifference(after, after)).toEqual({ added: 0, gone: 0, unchanged: 4, days: [] });
  expect(pageDifference(before, undefined)).toEqual({
    added: 0,
    gone: 4,
    unchanged: 0,
    days: days('2026-03-29', '2026-03-30', '2026-03-31'),
  });
  expect(pageDifference(undefined, after)).toMatchObject({ added: 4, gone: 0 });
});
