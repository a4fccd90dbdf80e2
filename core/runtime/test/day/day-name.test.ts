import { expect, test } from 'vitest';
import { createCalendar, dayNamed, isDayName } from '../../src/index.ts';

const berlin = createCalendar({ zones: [{ from: 0, zone: 'Europe/Berlin' }], dayStartsMin: 240 });
/** 02:30 in Berlin: with days that start at 04:00 the day before. */
const SMALL_HOURS = Date.parse('2026-03-01T01:30:00Z');

test('today and yesterday are the days of the user', () => {
  expect(dayNamed('today', berlin, SMALL_HOURS)).toBe('2026-02-28');
  expect(dayNamed('yesterday', berlin, SMALL_HOURS)).toBe('2026-02-27');
  expect(dayNamed('2024-02-29', berlin, SMALL_HOURS)).toBe('2024-02-29');
});

test('a date that is on no calendar is no name of a day', () => {
  for (const wrong of ['2026-02-31', '2025-02-29', '2026-2-1', '20260201', 'tomorrow', 'Today', ''])
    expect(isDayName(wrong), wrong).toBe(false);
  for (const right of ['today', 'yesterday', '2024-02-29', '1999-12-31']) expect(isDayName(right), right).toBe(true);
});
