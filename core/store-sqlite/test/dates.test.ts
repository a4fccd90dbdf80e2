import type { LocalDay } from '@dayfold/runtime';
import { expect, test } from 'vitest';
import { dateAt, daysSince1970 } from '../src/dates.ts';

const DAY_MS = 24 * 3_600_000;

test('every date has the number of days since 1970 that the calendar gives it, and comes back from it', () => {
  const wrong: number[] = [];
  for (let at = Date.UTC(1896, 0, 1); at < Date.UTC(2504, 0, 1); at += DAY_MS) {
    const date = new Date(at).toISOString().slice(0, 10) as LocalDay;
    if (daysSince1970(date) * DAY_MS !== at || dateAt(at) !== date || dateAt(at) !== date) wrong.push(at);
  }
  expect(wrong).toEqual([]);
  for (const date of ['0001-01-01', '1600-02-29', '9999-12-31'] as const)
    expect([daysSince1970(date) * DAY_MS, dateAt(Date.parse(date))]).toEqual([Date.parse(date), date]);
});

test('what is no midnight of UTC is no date', () => {
  expect([dateAt(1), dateAt(-1), dateAt(Date.UTC(2026, 2, 29, 12))]).toEqual([undefined, undefined, undefined]);
});
