import { expect, test } from 'vitest';
import { combine } from '../../src/folding/index.ts';
import type { Observation } from '../../src/folding/index.ts';
import { DAY, at, attributeOf, conditionOf, folded, readings } from './samples.ts';

const MINUTE = 60_000;

test.each<[fold: unknown, value: unknown]>([
  ['sum', 9.6],
  ['count', 4],
  ['min', 0.2],
  ['max', 5],
  ['mean', 2.4],
  ['median', 2.2],
  ['distinct', 4],
  ['first', 5],
  ['last', 0.2],
  [{ any: '> 4' }, true],
  [{ all: '> 4' }, false],
  [{ time_first: '< 5' }, 9 * 60],
  [{ time_last: '< 5' }, 20 * 60],
  [{ join: '; ' }, '5; 3.3; 1.1; 0.2'],
])('%j looks at the readings of the day alone', (fold, value) => {
  const all = readings(
    ['-23:59', 100],
    ['08:00', 5],
    ['09:00', '3.3'],
    ['10:00', 1.1],
    ['20:00', 0.2],
    ['+00:00', 100],
  );
  expect(folded(attributeOf(fold), all).value).toBe(value);
  expect(folded(attributeOf(fold), all.toReversed()).value).toBe(value);
});

test.each([
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
  'time_mean',
  'count_changes',
  { integral: 'h' },
  { any: '> 1' },
  { all: '> 1' },
  { time_in: '> 1' },
  { time_first: '> 1' },
  'join',
])('%j gives no value for a day without readings', (fold) => {
  expect(folded(attributeOf(fold), [])).toEqual({
    value: undefined,
    used: 0,
    first: undefined,
    hasTable: false,
    trace: [],
  });
  const nothing = readings(['10:00', ''], ['11:00', Number.NaN], ['12:00', 'unavailable']);
  expect(folded(attributeOf(fold), nothing).value).toBeUndefined();
});

test('sums are exact, whatever their order', () => {
  const all = readings(['01:00', 0.1], ['02:00', 1e16], ['03:00', 0.2], ['04:00', -1e16]);
  expect(folded(attributeOf('sum'), all).value).toBeCloseTo(0.3, 15);
  expect(folded(attributeOf('sum'), readings(['01:00', 0.1], ['02:00', 0.2], ['03:00', 0.3])).value).toBe(0.6);
});

test('"when" turns readings away before any fold, and what is no number does not count', () => {
  const all = readings(
    ['01:00', 5],
    ['02:00', 50],
    ['03:00', '0x10'],
    ['04:00', 'unknown'],
    ['05:00', true],
    ['06:00', 'Infinity'],
  );
  const { value, used, trace } = folded(attributeOf('sum', { when: conditionOf('< 20') }), all);
  expect([value, used]).toEqual([6, 2]);
  expect(trace.map(({ used: isUsed, why }) => [isUsed, why])).toEqual([
    [true, undefined],
    [false, '"when" does not hold'],
    [false, '"when" does not hold'],
    [false, 'says that nothing is known'],
    [true, undefined],
    [false, '"when" does not hold'],
  ]);
});

test('the same reading heard twice counts once, two arrivals count twice', () => {
  const own: Observation = { at: at('10:00'), value: 1 };
  const arrived: Observation = { ...own, arrival: true };
  const named: Observation = { ...own, id: 'a' };
  expect(folded(attributeOf('sum'), [own, arrived, { ...own }, { ...arrived }, named, { ...named }]).value).toBe(4);
});

test('a retained reading counts for "last" only, and gives way to the live one', () => {
  const kept: Observation = { at: at('10:00'), value: 7, retained: true };
  expect(folded(attributeOf('sum'), [kept]).value).toBeUndefined();
  expect(folded(attributeOf('last'), [kept]).value).toBe(7);
  const live: Observation = { at: at('10:00'), value: 7 };
  expect(folded(attributeOf('sum'), [kept, live]).value).toBe(7);
  expect(folded(attributeOf('sum'), [live, kept]).value).toBe(7);
});

test('dated readings belong to their date, wherever its midnight is, and have no time', () => {
  const dated: Observation = { at: Date.UTC(2026, 0, 10), value: 12, date: DAY };
  expect(folded(attributeOf('sum'), [dated]).value).toBe(12);
  expect(folded(attributeOf('sum'), [{ ...dated, date: '2026-01-09' }]).value).toBeUndefined();
  expect(folded(attributeOf({ time_in: '> 1' }), [dated]).value).toBeUndefined();
  expect(folded(attributeOf({ time_first: '> 1' }), [dated]).value).toBeUndefined();
});

test.each<[pairs: [string, number][], value: number | undefined, why: string]>([
  [[['10:00', 500]], undefined, 'the first reading ever counts nothing'],
  [
    [
      ['-22:00', 100],
      ['08:00', 110],
      ['20:00', 125],
    ],
    25,
    'the last reading before the day is the base',
  ],
  [
    [
      ['-22:00', 100],
      ['08:00', 110],
      ['12:00', 5],
      ['20:00', 8],
    ],
    18,
    'a reset counts from zero',
  ],
  [
    [
      ['-22:00', 100],
      ['08:00', 110],
      ['12:00', 105],
      ['20:00', 120],
    ],
    20,
    'a smaller fall is a correction',
  ],
  [
    [
      ['-22:00', 100],
      ['08:00', 110],
      ['12:00', 0],
      ['12:15', 111],
    ],
    11,
    'a dip within the glitch time counts nothing',
  ],
  [
    [
      ['-22:00', 100],
      ['08:00', 110],
      ['12:00', 0],
      ['12:16', 111],
    ],
    121,
    'a dip that lasts longer is a reset',
  ],
  [
    [
      ['-22:00', 100],
      ['12:00', 0],
      ['12:05', 3],
      ['12:10', 1],
      ['12:12', 95],
    ],
    -5,
    'dips within a dip count nothing',
  ],
  [
    [
      ['-23:55', 100],
      ['-23:58', 2],
      ['00:05', 101],
      ['09:00', 102],
    ],
    2,
    'a dip over midnight counts nothing',
  ],
  [
    [
      ['-22:00', 100],
      ['23:55', 2],
      ['+00:05', 101],
    ],
    0,
    'a dip that ends tomorrow counts nothing',
  ],
  [
    [
      ['-22:00', 100],
      ['23:55', 2],
      ['+00:11', 101],
    ],
    2,
    'a reset late in the day is none of a dip',
  ],
  [
    [
      ['-22:00', -20],
      ['10:00', -15],
    ],
    5,
    'a counter below zero grows too',
  ],
])('increase of %j is %s: %s', (pairs, value) => {
  const all = readings(...pairs);
  expect(folded(attributeOf('increase'), all).value).toBe(value);
  expect(folded(attributeOf('increase'), all.toReversed()).value).toBe(value);
});

test('increase takes falls as negative without resets, and starts from its base', () => {
  const all = readings(['08:00', 10], ['09:00', 4]);
  expect(folded(attributeOf({ increase: { resets: false } }), all).value).toBe(-6);
  expect(folded(attributeOf({ increase: { base: 3 } }), all).value).toBe(7 + 4);
  expect(folded(attributeOf({ increase: { base: 3 } }), [...readings(['-08:00', 9]), ...all]).value).toBe(1 + 4);
});

test('readings of a dip and the base are shown as such', () => {
  const { trace } = folded(attributeOf('increase'), readings(['-22:00', 100], ['12:00', 0], ['12:05', 101]));
  expect(trace.map(({ used, why }) => [used, why])).toEqual([
    [true, 'the counter before the day'],
    [false, 'part of a dip that was soon over'],
    [true, undefined],
  ]);
});

test('time_in counts minutes, carries in the state before midnight, and stops now', () => {
  const attribute = attributeOf({ time_in: '= on' });
  const all = readings(['-23:00', 'on'], ['02:00', 'off'], ['10:00', 'on']);
  expect(folded(attribute, all).value).toBe(120 + 14 * 60);
  expect(folded(attribute, all, { now: at('10:30') }).value).toBe(120 + 30);
  expect(folded(attribute, all, { now: at('09:00') }).value).toBe(120);
  expect(folded(attribute, readings(['-23:00', 'off'])).value).toBe(0);
});

test('a value holds no longer than "stale", and "unavailable" ends it', () => {
  const attribute = attributeOf({ time_in: '= on' }, { staleMs: 60 * MINUTE });
  expect(folded(attribute, readings(['-23:30', 'on'], ['10:00', 'on'])).value).toBe(30 + 60);
  expect(folded(attribute, readings(['-22:30', 'on'])).value).toBeUndefined();
  expect(folded(attribute, readings(['10:00', 'on'], ['10:20', 'Unavailable'], ['10:40', 'on'])).value).toBe(20 + 60);
  const kept = { at: at('10:10'), value: 'unknown', retained: true };
  expect(folded(attribute, [...readings(['10:00', 'on']), kept]).value).toBe(60);
});

test('time_mean and integral weigh by the time a value held', () => {
  const all = readings(['-12:00', 10], ['06:00', 30], ['12:00', 'unavailable'], ['18:00', 0]);
  expect(folded(attributeOf('time_mean'), all).value).toBeCloseTo((10 * 6 + 30 * 6) / 18, 12);
  expect(folded(attributeOf({ integral: 'h' }), all).value).toBe(240);
});

test('a span holds from its start to its end', () => {
  const night = (span: 'split' | 'end', value: string): Observation[] => [
    { start: at('-23:00'), at: at('07:00'), value },
  ];
  const attribute = attributeOf({ time_in: '= asleep' }, { span: 'split' });
  expect(folded(attribute, night('split', 'asleep')).value).toBe(7 * 60);
  expect(folded(attribute, night('split', 'asleep'), { day: '2026-01-09' }).value).toBe(60);
  expect(folded({ ...attribute, span: 'end' }, night('end', 'asleep')).value).toBe(8 * 60);
});

test('a span that is not over holds nothing yet, and what comes meanwhile does not cut it', () => {
  const attribute = attributeOf({ time_in: '= asleep' }, { span: 'split' });
  const all = [{ start: at('01:00'), at: at('03:00'), value: 'asleep' }, ...readings(['02:00', 'awake'])];
  expect(folded(attribute, all, { now: at('02:30') }).value).toBe(0);
  expect(folded(attribute, all, { now: at('03:00') }).value).toBe(120);
});

test('count_changes starts from the last known state, however old', () => {
  const to = attributeOf({ count_changes: { to: 'open' } });
  const all = readings(
    ['-01:00', 'closed'],
    ['08:00', 'open'],
    ['08:01', 'open'],
    ['09:00', 'unavailable'],
    ['09:01', 'open'],
    ['10:00', 'closed'],
    ['11:00', 'open'],
  );
  expect(folded(to, all).value).toBe(2);
  expect(folded(attributeOf('count_changes'), all).value).toBe(3);
  expect(folded(to, all.slice(1)).value).toBe(1);
  expect(folded({ ...to, staleMs: MINUTE }, all).value).toBe(2);
});

test('a time of day is from midday where the type wants it', () => {
  const night = attributeOf({ time_first: '= asleep' }, { type: 'time_of_day_from_midday' });
  expect(folded(night, readings(['23:00', 'asleep'])).value).toBe(660);
  expect(folded(night, readings(['00:30', 'asleep'])).value).toBe(750);
});

test('a span counts on the day it ends, starts, or is split over days in proportion', () => {
  const span: Observation = { start: at('-23:00'), at: at('03:00'), value: 240 };
  const values = (policy: 'end' | 'start' | 'split') =>
    (['2026-01-09', DAY] as const).map((day) => folded(attributeOf('sum', { span: policy }), [span], { day }).value);
  expect(values('end')).toEqual([undefined, 240]);
  expect(values('start')).toEqual([240, undefined]);
  expect(values('split')).toEqual([60, 180]);
  const untilMidnight = { start: at('-23:00'), at: at('00:00'), value: 60 };
  expect(folded(attributeOf('sum'), [untilMidnight]).value).toBeUndefined();
  expect(folded(attributeOf('sum'), [untilMidnight], { day: '2026-01-09' }).value).toBe(60);
});

test('join keeps distinct texts whole within a thousand characters', () => {
  const all = readings(['01:00', 'a'.repeat(600)], ['02:00', 'b'.repeat(500)], ['03:00', 'a'.repeat(600)]);
  expect(folded(attributeOf('join'), all).value).toBe('a'.repeat(600));
  expect([...(folded(attributeOf('join'), readings(['01:00', '🦊'.repeat(1200)])).value as string)]).toHaveLength(1000);
});

test('combine takes the first series that has a value, or all of them', () => {
  expect(combine([undefined, 5, 7], 'first')).toBe(5);
  expect(combine([undefined, 5, 7], 'sum')).toBe(12);
  expect(combine([3, 5, '7'], 'max')).toBe(7);
  expect(combine([3, 5, 7], 'min')).toBe(3);
  expect(combine([undefined, undefined], 'sum')).toBeUndefined();
});

test.each<[condition: unknown, value: string | number | boolean, holds: boolean]>([
  ['= 1', 1, true],
  ['= 1', '1', true],
  ['= 1', '1.0', true],
  ['= 1', true, true],
  ['= open', 'Open', false],
  ['!= off', 'on', true],
  ['20..30', '30', true],
  ['20..30', 30.1, false],
  ['in [a, 2]', '2', true],
  ['in [a, 2]', 'b', false],
  ['> 20', 'much', false],
  ['<= 20', 20, true],
  [true, 'true', true],
])('condition %j for %j is %s', (condition, value, expected) => {
  expect(folded(attributeOf({ any: condition }), readings(['10:00', value])).value).toBe(expected);
});
