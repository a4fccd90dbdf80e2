import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Calendar, LocalDay } from '../../src/day/calendar.ts';
import { compareDays, isLocalDay, nextDay, previousDay } from '../../src/day/local-days.ts';
import { createCalendar } from '../../src/day/zoned-calendar.ts';

const HOUR = 3_600_000;

function calendarOf(zone: string, dayStartsMin = 0): Calendar {
  return createCalendar({ zones: [{ from: Number.NEGATIVE_INFINITY, zone }], dayStartsMin });
}

function hoursOf(calendar: Calendar, day: LocalDay): number {
  const { start, end } = calendar.bounds(day);
  return (end - start) / HOUR;
}

test.each<[zone: string, day: LocalDay, start: string, hours: number]>([
  ['UTC', '2026-02-28', '2026-02-28T00:00:00.000Z', 24],
  ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 23],
  ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', 25],
  ['America/New_York', '2026-03-08', '2026-03-08T05:00:00.000Z', 23],
  ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00.000Z', 24.5],
  ['Australia/Lord_Howe', '2026-10-04', '2026-10-03T13:30:00.000Z', 23.5],
  ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', 23],
  ['America/Sao_Paulo', '2018-02-17', '2018-02-17T02:00:00.000Z', 25],
  ['America/Havana', '2025-11-02', '2025-11-02T04:00:00.000Z', 25],
  ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00.000Z', 25],
  ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15:00.000Z', 24],
  ['Pacific/Kiritimati', '2026-06-01', '2026-05-31T10:00:00.000Z', 24],
  ['Pacific/Apia', '2011-12-29', '2011-12-29T10:00:00.000Z', 24],
  ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 0],
  ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 24],
  ['Africa/Cairo', '2024-04-26', '2024-04-25T22:00:00.000Z', 23],
  ['Africa/Casablanca', '2024-03-10', '2024-03-09T23:00:00.000Z', 25],
  ['Africa/Casablanca', '2024-04-14', '2024-04-14T00:00:00.000Z', 23],
  ['America/Asuncion', '2024-03-23', '2024-03-23T03:00:00.000Z', 25],
  ['America/Asuncion', '2024-03-24', '2024-03-24T04:00:00.000Z', 24],
  ['America/Caracas', '2016-05-01', '2016-05-01T04:30:00.000Z', 23.5],
  ['America/Nuuk', '2023-03-25', '2023-03-25T03:00:00.000Z', 23],
  ['Antarctica/Troll', '2024-03-31', '2024-03-31T00:00:00.000Z', 22],
  ['Asia/Beirut', '2024-03-31', '2024-03-30T22:00:00.000Z', 23],
  ['Asia/Pyongyang', '2018-05-04', '2018-05-03T15:30:00.000Z', 23.5],
  ['Asia/Tehran', '2022-03-22', '2022-03-21T20:30:00.000Z', 23],
  ['Europe/Dublin', '2024-10-27', '2024-10-26T23:00:00.000Z', 25],
  ['Pacific/Chatham', '2024-09-29', '2024-09-28T11:15:00.000Z', 23],
])('in %s the day %s starts at %s and lasts %d hours', (zone, day, start, hours) => {
  const calendar = calendarOf(zone);
  expect(new Date(calendar.bounds(day).start).toISOString()).toBe(start);
  expect(hoursOf(calendar, day)).toBe(hours);
});

test('São Paulo has no midnight on 4 November 2018: the day starts at 01:00', () => {
  const calendar = calendarOf('America/Sao_Paulo');
  expect(calendar.minutesFromMidnight(calendar.bounds('2018-11-04').start)).toBe(60);
  expect(calendar.dayOf(calendar.bounds('2018-11-04').start - 1)).toBe('2018-11-03');
});

test('Havana has two midnights on 2 November 2025: the day starts at the first', () => {
  const calendar = calendarOf('America/Havana');
  const { start } = calendar.bounds('2025-11-02');
  expect(calendar.minutesFromMidnight(start)).toBe(0);
  expect(calendar.minutesFromMidnight(start + HOUR)).toBe(0);
  expect(calendar.dayOf(start - 1)).toBe('2025-11-01');
  expect(calendar.dayOf(start + HOUR)).toBe('2025-11-02');
});

test('where the clock is set back over midnight, no moment returns to the day before', () => {
  const calendar = calendarOf('America/St_Johns');
  const { start } = calendar.bounds('2010-11-07');
  expect(calendar.minutesFromMidnight(start + 90_000)).toBe(23 * 60 + 1);
  expect(calendar.dayOf(start + 90_000)).toBe('2010-11-07');
});

test('a day that starts at 04:00 takes the small hours of the next date', () => {
  const calendar = calendarOf('Europe/Berlin', 240);
  const at = (text: string): LocalDay => calendar.dayOf(calendar.instantOf(text) ?? Number.NaN);
  expect(at('2026-03-29T03:59')).toBe('2026-03-28');
  expect(at('2026-03-29T04:00')).toBe('2026-03-29');
  expect(hoursOf(calendar, '2026-03-28')).toBe(23);
  expect(hoursOf(calendar, '2026-03-29')).toBe(24);
  expect(hoursOf(calendarOf('Pacific/Apia', 240), '2011-12-30')).toBe(0);
});

test.each([0, 240])(
  'a new zone holds from the switch on and moves no day before it (days start at minute %d)',
  (dayStartsMin) => {
    const berlin = calendarOf('Europe/Berlin', dayStartsMin);
    const from = berlin.bounds('2026-06-10').start;
    const moved = createCalendar({
      zones: [
        { from: 0, zone: 'Europe/Berlin' },
        { from, zone: 'America/New_York' },
      ],
      dayStartsMin,
    });
    expect(moved.bounds('2026-06-09')).toEqual(berlin.bounds('2026-06-09'));
    expect(moved.bounds('2026-06-10').start).toBe(from);
    expect(hoursOf(moved, '2026-06-10')).toBe(30);
    expect(hoursOf(moved, '2026-06-11')).toBe(24);
    expect(moved.dayOf(from - 1)).toBe('2026-06-09');
    expect(moved.dayOf(from)).toBe('2026-06-10');
    expect([moved.zoneAt(from - 1), moved.zoneAt(from)]).toEqual(['Europe/Berlin', 'America/New_York']);
  },
);

test('a journey over the date line swallows a day or makes one of 48 hours', () => {
  const over = (first: string, second: string): Calendar => {
    const { start: from } = calendarOf(first).bounds('2026-06-10');
    return createCalendar({
      zones: [
        { from: 0, zone: first },
        { from, zone: second },
      ],
      dayStartsMin: 0,
    });
  };
  const west = over('Pacific/Honolulu', 'Pacific/Kiritimati');
  expect(hoursOf(west, '2026-06-10')).toBe(0);
  expect(hoursOf(west, '2026-06-11')).toBe(24);
  expect(hoursOf(over('Pacific/Kiritimati', 'Pacific/Honolulu'), '2026-06-10')).toBe(48);
});

test('a switch that is no start of a day, since days start at another hour now, leaves the day its start', () => {
  const from = calendarOf('Europe/Berlin').bounds('2026-06-10').start;
  const zones = [
    { from: 0, zone: 'Europe/Berlin' },
    { from, zone: 'America/New_York' },
  ];
  const calendar = createCalendar({ zones, dayStartsMin: 240 });
  const old = calendarOf('Europe/Berlin', 240);
  expect(calendar.bounds('2026-06-09').start).toBe(old.bounds('2026-06-09').start);
  expect(calendar.bounds('2026-06-09').end).toBe(calendarOf('America/New_York', 240).bounds('2026-06-10').start);
});

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'America/Havana',
  'Pacific/Apia',
  'America/St_Johns',
  'Africa/Casablanca',
];

test('each instant lies within the bounds of its day, and days follow each other without gap', () => {
  const instant = fc.integer({ min: Date.UTC(2005, 0, 1), max: Date.UTC(2035, 0, 1) });
  const history = fc.array(fc.record({ zone: fc.constantFrom(...ZONES), day: fc.integer({ min: 0, max: 10_000 }) }), {
    maxLength: 3,
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      history,
      fc.constantFrom(0, 180, 240),
      fc.array(instant, { minLength: 1, maxLength: 8 }),
      (zone, moves, dayStartsMin, instants) => {
        let zones = [{ from: 0, zone }];
        for (const move of moves.toSorted((left, right) => left.day - right.day)) {
          const before = createCalendar({ zones, dayStartsMin });
          zones = [
            ...zones,
            { from: before.bounds(before.dayOf(Date.UTC(2006, 0, 1) + move.day * 24 * HOUR)).end, zone: move.zone },
          ];
        }
        const calendar = createCalendar({ zones, dayStartsMin });
        for (const at of instants) {
          const day = calendar.dayOf(at);
          const { start, end } = calendar.bounds(day);
          expect(start <= at && at < end).toBe(true);
          expect(calendar.bounds(nextDay(day)).start).toBe(end);
          expect(calendar.bounds(previousDay(day)).end).toBe(start);
          expect(calendar.dayOf(start)).toBe(day);
          expect(calendar.dayOf(end - 1)).toBe(day);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test.each<[text: string, instant: string | undefined]>([
  ['2026-03-29T12:00:00Z', '2026-03-29T12:00:00.000Z'],
  ['2026-03-29T12:00:00.1234567+02:00', '2026-03-29T10:00:00.123Z'],
  ['2026-03-29 12:00+0200', '2026-03-29T10:00:00.000Z'],
  ['2026-03-29T12:00', '2026-03-29T10:00:00.000Z'],
  ['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
  ['2026-10-25T02:30:00', '2026-10-25T00:30:00.000Z'],
  ['2026-03-29', '2026-03-28T23:00:00.000Z'],
  ['2026-02-30', undefined],
  ['2026-02-30T10:00:00Z', undefined],
  ['2026-02-30T10:00:00', undefined],
  ['2026-03-29T25:00:00Z', undefined],
  ['12:00', undefined],
  ['1767225600000', undefined],
  ['yesterday', undefined],
  ['', undefined],
])('in Berlin the text "%s" is %s', (text, instant) => {
  const found = calendarOf('Europe/Berlin').instantOf(text);
  expect(found === undefined ? undefined : new Date(found).toISOString()).toBe(instant);
});

test('local text is read in the zone that was in force then', () => {
  const { start: from } = calendarOf('Europe/Berlin').bounds('2026-06-10');
  const calendar = createCalendar({
    zones: [
      { from: 0, zone: 'Europe/Berlin' },
      { from, zone: 'America/New_York' },
    ],
    dayStartsMin: 0,
  });
  expect(calendar.instantOf('2026-06-05T12:00')).toBe(Date.UTC(2026, 5, 5, 10));
  expect(calendar.instantOf('2026-06-15T12:00')).toBe(Date.UTC(2026, 5, 15, 16));
});

test('local days are real dates in order', () => {
  expect(nextDay('2028-02-28')).toBe('2028-02-29');
  expect(previousDay('2026-01-01')).toBe('2025-12-31');
  expect(isLocalDay('2026-02-29')).toBe(false);
  expect(isLocalDay('2028-02-29')).toBe(true);
  expect(isLocalDay('2028-2-29')).toBe(false);
  expect((['2026-03-01', '2025-12-31', '2026-03-01'] as const).toSorted(compareDays)).toEqual([
    '2025-12-31',
    '2026-03-01',
    '2026-03-01',
  ]);
});
