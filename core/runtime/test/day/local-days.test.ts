import { expect, test } from 'vitest';
import type { LocalDay } from '../../src/day/calendar.ts';
import { around, daysSince1970 } from '../../src/day/local-days.ts';
import { createCalendar } from '../../src/day/zoned-calendar.ts';

const DAY_MS = 24 * 3_600_000;

test('every date has the number of days since 1970 that the calendar gives it', () => {
  const wrong: number[] = [];
  for (let at = Date.UTC(1896, 0, 1); at < Date.UTC(2504, 0, 1); at += DAY_MS)
    if (daysSince1970(new Date(at).toISOString().slice(0, 10) as LocalDay) * DAY_MS !== at) wrong.push(at);
  expect(wrong).toEqual([]);
  for (const date of ['0001-01-01', '1600-02-29', '9999-12-31'] as const)
    expect(daysSince1970(date) * DAY_MS).toBe(Date.parse(date));
});

test.each(['Pacific/Kiritimati', 'Pacific/Niue', 'Etc/GMT+12', 'Pacific/Apia', 'Europe/Berlin'])(
  'the moments around a day hold all of it in %s, wherever it starts',
  (zone) => {
    for (const dayStartsMin of [0, 240, 1439]) {
      const calendar = createCalendar({ zones: [{ from: 0, zone }], dayStartsMin });
      for (const day of ['1994-12-31', '2011-12-29', '2011-12-31', '2026-03-29', '2026-10-25'] as const) {
        const { start, end } = calendar.bounds(day);
        const outer = around(day, day);
        expect([outer.start <= start, outer.end >= end]).toEqual([true, true]);
      }
    }
  },
);
