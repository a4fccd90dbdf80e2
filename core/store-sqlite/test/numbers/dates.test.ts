import type { LocalDay } from '@dayfold/runtime';
import { expect, test } from 'vitest';
import { dateAt } from '../../src/numbers/dates.ts';

const DAY_MS = 24 * 3_600_000;

test('a midnight of UTC is a date, the second time as the first', () => {
  const wrong: number[] = [];
  for (let at = Date.UTC(1896, 0, 1); at < Date.UTC(2504, 0, 1); at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10) as LocalDay;
    if (dateAt(at) !== date || dateAt(at) !== date) wrong.push(at);
  }
  expect(wrong).toEqual([]);
});

test('what is no midnight of UTC is no date', () => {
  expect([dateAt(1), dateAt(-1), dateAt(Date.UTC(2026, 2, 29, 12))]).toEqual([undefined, undefined, undefined]);
});
