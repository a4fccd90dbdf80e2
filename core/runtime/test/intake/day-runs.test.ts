import { expect, test } from 'vitest';
import type { LocalDay } from '../../src/day/calendar.ts';
import { halvesOf, runsOf } from '../../src/intake/day-runs.ts';

test('days of an attribute that lie near each other come together, in order, and those apart by themselves', () => {
  const keys = [
    { attribute: 'steps', date: '2026-03-02' },
    { attribute: 'mood', date: '2026-03-02' },
    { attribute: 'steps', date: '2026-02-28' },
    { attribute: 'steps', date: '2026-03-10' },
    { attribute: 'steps', date: '2026-03-03' },
  ] as const;
  expect(
    runsOf(keys).map(({ attribute, first, last, keys: { length } }) => [attribute, first, last, length] as const),
  ).toEqual([
    ['mood', '2026-03-02', '2026-03-02', 1],
    ['steps', '2026-02-28', '2026-03-10', 4],
  ]);
  const apart = [...keys, { attribute: 'steps', date: '2026-03-18' } as const];
  expect(runsOf(apart).map(({ first }) => first)).toEqual(['2026-03-02', '2026-02-28', '2026-03-18']);
});

test('of years no more than some hundred days come together, and fewer where they are halved', () => {
  const days = Array.from({ length: 3650 }, (_, day) => ({
    attribute: 'steps',
    date: new Date(Date.UTC(2016, 0, 1 + day)).toISOString().slice(0, 10) as LocalDay,
  }));
  const runs = runsOf(days);
  expect(runs.flatMap(({ keys }) => keys)).toEqual(days);
  expect(Math.max(...runs.map(({ keys }) => keys.length))).toBe(512);
  const halves = runs.flatMap((run) => halvesOf(run));
  expect(halves.flatMap(({ keys }) => keys)).toEqual(days);
  expect(halves.map(({ first, last, keys }) => [first, last, keys.length]).slice(0, 2)).toEqual([
    ['2016-01-01', '2016-09-12', 256],
    ['2016-09-13', '2017-05-26', 256],
  ]);
});
