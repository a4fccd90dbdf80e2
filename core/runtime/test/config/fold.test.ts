import { expect, test } from 'vitest';
import { parseCondition } from '../../src/config/condition.ts';
import { VALUE_TYPES } from '../../src/config/configuration.ts';
import { EXIST_GROUPS, EXIST_TEMPLATES } from '../../src/config/exist-templates.ts';
import { parseFold, unsuitable } from '../../src/config/fold.ts';

test.each([
  ['> 20', { test: '>', than: 20 }],
  ['>=1', { test: '>=', than: 1 }],
  ['< -3.5', { test: '<', than: -3.5 }],
  ['<= 1e3', { test: '<=', than: 1000 }],
  ['= open', { test: '=', value: 'open' }],
  ['== open', { test: '=', value: 'open' }],
  ['= 5', { test: '=', value: 5 }],
  ['= "5"', { test: '=', value: '5' }],
  ['= true', { test: '=', value: true }],
  ['!= off', { test: '!=', value: 'off' }],
  ['= light sleep', { test: '=', value: 'light sleep' }],
  ['20..30', { test: 'between', low: 20, high: 30 }],
  ['-5 .. 0.5', { test: 'between', low: -5, high: 0.5 }],
  ['in [a, b]', { test: 'in', values: ['a', 'b'] }],
  ['in ["a, b", 2, true]', { test: 'in', values: ['a, b', 2, true] }],
  ['true', { test: '=', value: true }],
  [true, { test: '=', value: true }],
  [7, { test: '=', value: 7 }],
])('the condition %j is understood', (input, condition) => {
  expect(parseCondition(input)).toEqual({ ok: true, value: condition });
});

test.each([
  '',
  'open',
  '> open',
  '=> 3',
  '>',
  '= ',
  '30..20',
  'in []',
  'in [a,,b',
  'in a',
  '> 1e999',
  '><',
  null,
  [],
  {},
])('the condition %j is refused with a sentence', (input) => {
  expect(parseCondition(input)).toEqual({ ok: false, message: expect.stringContaining('expected') });
});

test.each([
  ['sum', { kind: 'sum' }],
  [{ mean: null }, { kind: 'mean' }],
  ['increase', { kind: 'increase', glitchMs: 900_000, resets: true, base: undefined }],
  [
    { increase: { glitch: '1m', resets: false, base: 0 } },
    { kind: 'increase', glitchMs: 60_000, resets: false, base: 0 },
  ],
  [{ time_in: '> 20' }, { kind: 'time_in', condition: { test: '>', than: 20 } }],
  [{ any: true }, { kind: 'any', condition: { test: '=', value: true } }],
  ['count_changes', { kind: 'count_changes', to: undefined }],
  [{ count_changes: { to: false } }, { kind: 'count_changes', to: false }],
  [{ integral: 'h' }, { kind: 'integral', perMs: 3_600_000 }],
  [{ integral: 's' }, { kind: 'integral', perMs: 1000 }],
  [{ join: ' / ' }, { kind: 'join', separator: ' / ' }],
  ['join', { kind: 'join', separator: ', ' }],
])('the fold %j is understood', (input, fold) => {
  expect(parseFold(input)).toEqual({ ok: true, value: fold });
});

test.each([
  ['summ', [], 'sum'],
  ['toString', [], undefined],
  [{ sum: 3 }, ['sum'], undefined],
  [{ increase: { glich: '1m' } }, ['increase', 'glich'], 'glitch'],
  [{ increase: { glitch: 5 } }, ['increase', 'glitch'], undefined],
  [{ increase: { resets: 'no' } }, ['increase', 'resets'], undefined],
  [{ increase: { base: Number.NaN } }, ['increase', 'base'], undefined],
  [{ count_changes: 'open' }, ['count_changes'], undefined],
  [{ count_changes: { to: [] } }, ['count_changes', 'to'], undefined],
  [{ integral: 'kWh' }, ['integral'], undefined],
  [{ join: 3 }, ['join'], undefined],
  [{ all: '> x' }, ['all'], undefined],
  [{}, [], undefined],
  [[], [], undefined],
  [3, [], undefined],
])('the fold %j is refused at its place', (input, path, suggestion) => {
  const result = parseFold(input);
  expect(result.ok ? undefined : { path: result.path ?? [], suggestion: result.suggestion }).toEqual({
    path,
    suggestion,
  });
});

test('first and last suit every type, and every type has a fold of its own kind', () => {
  for (const type of VALUE_TYPES) {
    expect(unsuitable({ kind: 'last' }, type)).toBeUndefined();
    expect(unsuitable({ kind: 'sum' }, type) === undefined).toBe(
      ['integer', 'float', 'duration', 'percentage', 'scale'].includes(type),
    );
    expect(unsuitable({ kind: 'min' }, type) === undefined).toBe(type !== 'string');
    expect(unsuitable({ kind: 'join', separator: ',' }, type) === undefined).toBe(type === 'string');
  }
});

test('all 86 templates of Exist are known, with type, group and unit', () => {
  expect(EXIST_TEMPLATES.size).toBe(86);
  expect(EXIST_TEMPLATES.get('weather_precipitation')).toEqual({
    name: 'weather_precipitation',
    group: 'weather',
    valueType: 1,
    unit: 'in/h',
  });
  expect(EXIST_TEMPLATES.get('body_fat')?.unit).toBe('fraction');
  expect(EXIST_TEMPLATES.get('steps')?.unit).toBeUndefined();
  expect(
    [...EXIST_TEMPLATES.values()].every(
      ({ group, valueType }) => EXIST_GROUPS.includes(group) && valueType >= 0 && valueType < 9,
    ),
  ).toBe(true);
});
