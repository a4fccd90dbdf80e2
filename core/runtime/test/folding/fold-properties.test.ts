import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LocalDay } from '../../src/day/calendar.ts';
import { nextDay } from '../../src/day/local-days.ts';
import { foldDay, touchedDays } from '../../src/folding/index.ts';
import type { Observation } from '../../src/folding/index.ts';
import { attributeOf, calendarOf, folded } from './samples.ts';

const MINUTE = 60_000;
const FOLDS = [
  'sum',
  'count',
  'min',
  'max',
  'mean',
  'median',
  'distinct',
  'first',
  'last',
  'increase',
  { increase: { glitch: '2h' } },
  { increase: { resets: false, base: 7 } },
  'time_mean',
  { time_in: '> 20' },
  'count_changes',
  { count_changes: { to: 3 } },
  { integral: 'h' },
  { any: '> 50' },
  { all: '> 50' },
  { time_first: '> 30' },
  { time_last: '> 30' },
  'join',
];
/** Zones and days whose length is unusual; the readings lie around the first of each two. */
const DAYS: readonly (readonly [zone: string, day: LocalDay])[] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Havana', '2025-11-02'],
  ['Pacific/Apia', '2011-12-29'],
  ['Pacific/Kiritimati', '2026-01-01'],
];

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 120 }) },
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
  fc.constantFrom('3', '41.5', 'open', 'unavailable', 'Unknown', '', true, false),
);
/** Minutes from the start of the day: from the day before to the day after. */
const offset = fc.oneof(
  fc.integer({ min: -1500, max: 3000 }),
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: 1380, max: 1460 }),
);
const point = fc.record({
  offset,
  value,
  kind: fc.constantFrom('own', 'own', 'own', 'arrival', 'id', 'retained', 'span'),
  length: fc.integer({ min: 0, max: 900 }),
});
const series = fc.array(point, { maxLength: 25 });
const setting = fc.record({
  fold: fc.constantFrom(...FOLDS),
  span: fc.constantFrom('end' as const, 'start' as const, 'split' as const),
  staleMs: fc.constantFrom(30 * MINUTE, 24 * 60 * MINUTE),
  place: fc.constantFrom(...DAYS),
  dayStartsMin: fc.constantFrom(0, 240),
});

type Point = typeof point extends fc.Arbitrary<infer T> ? T : never;

function observationsOf(points: readonly Point[], start: number): Observation[] {
  return points.map(({ offset: minutes, value: given, kind, length }, index): Observation => {
    const at = start + minutes * MINUTE;
    switch (kind) {
      case 'arrival':
        return { at, value: given, arrival: true };
      case 'id':
        return { at, value: given, id: `id-${index}` };
      case 'retained':
        return { at, value: given, retained: true };
      case 'span':
        return { at: at + length * MINUTE, start: at, value: given };
      default:
        return { at, value: given };
    }
  });
}

test('the value of a day is a function of the set of its readings', () => {
  fc.assert(
    fc.property(
      setting,
      series,
      fc.infiniteStream(fc.nat()),
      ({ fold, span, staleMs, place, dayStartsMin }, points, order) => {
        const calendar = calendarOf(place[0], dayStartsMin);
        const attribute = attributeOf(fold, { span, staleMs });
        const all = observationsOf(points, calendar.bounds(place[1]).start);
        const again = all.filter(({ arrival }) => arrival !== true).map((observation) => ({ ...observation }));
        const keys = new Map([...all, ...again].map((observation) => [observation, order.next().value]));
        const shuffled = [...keys.keys()].toSorted((left, right) => (keys.get(left) ?? 0) - (keys.get(right) ?? 0));
        for (const day of [place[1], nextDay(place[1])]) {
          expect(folded(attribute, shuffled, { day, calendar }).value).toEqual(
            folded(attribute, all, { day, calendar }).value,
          );
        }
      },
    ),
    { numRuns: 1500 },
  );
});

test('split spans add up to their total over the days', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...DAYS),
      fc.array(fc.tuple(offset, fc.integer({ min: 0, max: 4000 }), fc.integer({ min: 0, max: 10_000 })), {
        minLength: 1,
        maxLength: 6,
      }),
      ([zone, first], spans) => {
        const calendar = calendarOf(zone);
        const { start } = calendar.bounds(first);
        const attribute = attributeOf('sum', { span: 'split' });
        const all = spans.map(([minutes, length, amount], index): Observation => ({
          start: start + minutes * MINUTE,
          at: start + (minutes + length) * MINUTE,
          value: amount,
          id: `${index}`,
        }));
        const days = new Set(all.flatMap((span) => touchedDays(attribute, calendar, span)));
        const sum = [...days].reduce(
          (total, day) => total + Number(folded(attribute, all, { day, calendar }).value ?? 0),
          0,
        );
        expect(sum).toBeCloseTo(
          spans.reduce((total, [, , amount]) => total + amount, 0),
          6,
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('the growth of a counter adds up over the days, dips and resets included', () => {
  const count = fc.tuple(
    fc.integer({ min: 0, max: 4000 }),
    fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 900, max: 1200 })),
  );
  const setup = fc.record({
    place: fc.constantFrom(...DAYS),
    glitch: fc.constantFrom('15m', '0s', '3h'),
    counts: fc.array(count, { minLength: 2, maxLength: 30 }),
  });
  fc.assert(
    fc.property(setup, ({ place: [zone, first], glitch, counts }) => {
      const calendar = calendarOf(zone);
      const { start } = calendar.bounds(first);
      const attribute = attributeOf({ increase: { glitch } });
      const all = counts.map(([minutes, amount]): Observation => ({ at: start + minutes * MINUTE, value: amount }));
      let sum = 0;
      for (let day = first, index = 0; index < 5; day = nextDay(day), index += 1)
        sum += Number(folded(attribute, all, { day, calendar, base: 1 }).value ?? 0);
      // The whole time seen as one day, on the same readings.
      const whole = {
        ...calendar,
        bounds: () => ({ start, end: start + 5000 * MINUTE }),
        dayOf: () => first,
        minutesFromMidnight: () => 0,
      };
      const total =
        foldDay({ attribute, day: first, calendar: whole, until: start + 5000 * MINUTE, observations: all, before: [] })
          .value ?? 0;
      expect(sum).toBe(total);
    }),
    { numRuns: 1000 },
  );
});

test('a reading changes no day but those it touches, and the next with readings where a state is handed on', () => {
  fc.assert(
    fc.property(setting, series, point, ({ fold, span, staleMs, place, dayStartsMin }, points, late) => {
      const calendar = calendarOf(place[0], dayStartsMin);
      const attribute = attributeOf(fold, { span, staleMs });
      const { start } = calendar.bounds(place[1]);
      const all = observationsOf(points, start);
      const [reading] = observationsOf([{ ...late, kind: late.kind === 'id' ? 'own' : late.kind }], start) as [
        Observation,
      ];
      if (attribute.fold.kind === 'increase' || attribute.fold.kind === 'count_changes') return;
      const touched = touchedDays(attribute, calendar, reading);
      let day = place[1];
      for (let back = 0; back < 3; back += 1) day = calendar.dayOf(calendar.bounds(day).start - 1);
      for (let index = 0; index < 9; index += 1, day = nextDay(day)) {
        if (touched.includes(day)) continue;
        expect(folded(attribute, [...all, reading], { day, calendar }).value).toEqual(
          folded(attribute, all, { day, calendar }).value,
        );
      }
    }),
    { numRuns: 1500 },
  );
});
