import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VALUE_TYPES } from '../../src/config/configuration.ts';
import type { AttributeConfiguration, ValueType } from '../../src/config/configuration.ts';
import { numberOf, toWire } from '../../src/folding/index.ts';
import { attributeOf } from './samples.ts';

function wire(
  value: number | string | boolean,
  type: ValueType,
  changes: Partial<AttributeConfiguration> = {},
  unit?: string,
): unknown {
  const result = toWire(value, attributeOf('last', { type, ...changes }), unit);
  return 'value' in result ? result.value : undefined;
}

test.each<[value: number | string | boolean, type: ValueType, wanted: unknown]>([
  [2.5, 'integer', 3],
  [-2.5, 'integer', -3],
  [-0.4, 'integer', 0],
  ['12', 'integer', 12],
  ['0x10', 'integer', undefined],
  [1e300, 'integer', undefined],
  [Number.NaN, 'float', undefined],
  [Number.POSITIVE_INFINITY, 'float', undefined],
  [1.0005, 'float', 1.001],
  [-1.0005, 'float', -1.001],
  [0.1 + 0.2, 'float', 0.3],
  [1e308, 'float', 1e308],
  [5e-324, 'float', 0],
  [true, 'float', 1],
  [0.24567, 'percentage', 0.2457],
  [57, 'percentage', undefined],
  [-0.00001, 'percentage', 0],
  [89.5, 'duration', 90],
  [1500, 'duration', 1500],
  [-1, 'duration', undefined],
  [1439.4, 'time_of_day', 1439],
  [1440, 'time_of_day', undefined],
  [750, 'time_of_day_from_midday', 750],
  [9, 'scale', 9],
  [0, 'scale', undefined],
  ['ON', 'boolean', 1],
  [false, 'boolean', 0],
  [0, 'boolean', 0],
  ['1.0', 'boolean', 1],
  [2, 'boolean', undefined],
  ['open', 'boolean', undefined],
  ['  52.5,13.4 ', 'string', '52.5,13.4'],
  ['   ', 'string', undefined],
  [12.5, 'string', '12.5'],
])('%j as %s is %j', (value, type, wanted) => {
  expect(wire(value, type)).toBe(wanted);
});

test.each<[value: number, from: string, to: string, wanted: number]>([
  [500, 'kcal', 'kJ', 2092],
  [500, 'cal', 'kJ', 2.092],
  [2, 'kWh', 'kJ', 7200],
  [2, 'Wh', 'kJ', 7.2],
  [1500, 'W', 'kW', 1.5],
  [57, '%', 'fraction 0.0-1.0', 0.57],
  [154, 'lb', 'kg', 69.853],
  [154, 'Pounds', 'kg', 69.853],
  [11, 'st', 'kg', 69.853],
  [70_000, 'g', 'kg', 70],
  [3, 'oz', 'g', 85.049],
  [2, 'g', 'mg', 2000],
  [1.5, 'h', 'min', 90],
  [90, 's', 'min', 1.5],
  [90_000, 'ms', 'min', 1.5],
  [3, 'mi', 'km', 4.828],
  [1234, 'm', 'km', 1.234],
  [100, 'ft', 'km', 0.03],
  [50, '°F', '°C', 10],
  [300, 'K', '°C', 26.85],
  [2, 'l', 'ml', 2000],
  [33, 'cl', 'ml', 330],
  [8, 'fl oz', 'ml', 236.588],
  [10, 'm/s', 'km/h', 36],
  [10, 'mph', 'km/h', 16.093],
  [10, 'kn', 'km/h', 18.52],
  [25.4, 'mm/h', 'in/h', 1],
])('%d %s are %s', (value, from, to, wanted) => {
  expect(wire(value, 'float', { targetUnit: to }, from)).toBe(wanted);
});

test('a unit that measures something else is refused with the way out', () => {
  expect(toWire(5, attributeOf('last', { targetUnit: 'kJ' }), '°C')).toEqual({
    reason: expect.stringMatching(/°C.*kJ.*"unit"/),
  });
  expect(toWire(5, attributeOf('last', { targetUnit: 'kJ' }), 'MW')).toHaveProperty('reason');
});

test('the unit of the attribute goes before the one of the readings, and without a target nothing is converted', () => {
  expect(wire(2, 'float', { targetUnit: 'kJ', unit: 'kWh' }, 'Wh')).toBe(7200);
  expect(wire(2, 'float', {}, 'kWh')).toBe(2);
  expect(wire(2, 'float', { targetUnit: 'kJ' })).toBe(2);
});

test('durations and percentages know their unit without a template', () => {
  expect(wire(1.5, 'duration', {}, 'h')).toBe(90);
  expect(wire(57, 'percentage', {}, '%')).toBe(0.57);
});

test('folds that give a unit of their own do not take that of the readings', () => {
  const fold = (text: unknown): Partial<AttributeConfiguration> => ({ fold: attributeOf(text).fold });
  expect(wire(90, 'duration', fold({ time_in: '> 20' }), 'W')).toBe(90);
  expect(wire(3, 'integer', { ...fold('count'), targetUnit: 'ml' }, 'W')).toBe(3);
  expect(wire(1000, 'float', { ...fold({ integral: 'h' }), targetUnit: 'kJ' }, 'W')).toBe(3600);
  expect(wire(60_000, 'float', { ...fold({ integral: 'min' }), targetUnit: 'kJ' }, 'W')).toBe(3600);
  expect(wire(5, 'float', { ...fold({ integral: 'h' }), targetUnit: 'in' }, 'mm/h')).toBe(0.197);
});

test('scale, offset and round come after the unit', () => {
  expect(wire(1, 'float', { targetUnit: 'min', unit: 'h', scale: 2, offset: 0.06, round: 1 })).toBe(120.1);
});

test('a long text is cut between characters', () => {
  expect([...(wire('🦊'.repeat(1200), 'string') as string)]).toHaveLength(1000);
});

test('what comes out survives JSON unchanged and fits its type, whatever goes in', () => {
  const anything = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constantFrom('1e999', '-0', ' 7 ', '\ud800'),
  );
  const options = fc.record({
    scale: fc.constantFrom(1, -1, 1e-3, 1e300),
    offset: fc.constantFrom(0, -5, 0.5),
    round: fc.constantFrom(undefined, 0, 2),
  });
  fc.assert(
    fc.property(anything, fc.constantFrom(...VALUE_TYPES), options, (value, type, changes) => {
      const result = toWire(value, attributeOf('last', { type, ...changes }), undefined);
      if ('reason' in result) {
        expect(result.reason).not.toBe('');
        return;
      }
      expect(JSON.parse(JSON.stringify(result.value))).toBe(result.value);
      if (type === 'string') expect(result.value).not.toBe('');
      else expect(Number.isFinite(result.value)).toBe(true);
      if (!['string', 'float', 'percentage'].includes(type)) expect(Number.isInteger(result.value)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test.each<[value: string | number | boolean, number: number | undefined]>([
  ['12.5', 12.5],
  [' 7 ', 7],
  ['-.5e2', -50],
  ['0x1F', undefined],
  ['', undefined],
  ['1,5', undefined],
  ['1e999', undefined],
  ['12 W', undefined],
  [true, 1],
  [false, 0],
])('%j is the number %s', (value, number) => {
  expect(numberOf(value)).toBe(number);
});
