import { expect, test } from 'vitest';
import { resultOf, spreadOf, tableOf } from '../src/index.ts';
import { percentileOf } from '../src/statistics.ts';

test('the median of an even number of values lies between the middle two', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1, high: 4 });
  expect(() => spreadOf([])).toThrow('no values');
});

test('a percentile is a value that was measured, whatever the order', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect([percentileOf(values, 50), percentileOf(values, 99), percentileOf([7], 99)]).toEqual([100, 198, 7]);
  expect(() => percentileOf([], 50)).toThrow('no values');
});

test('a ratio is taken within each round and its median is judged', () => {
  const contender = (name: string) => ({ name, run: async () => ({}) });
  const result = resultOf(
    {
      name: 'rate',
      title: 'Rate',
      contenders: [contender('reference'), contender('dayfold')],
      goals: [{ figure: 'per_second', of: 'dayfold', to: 'reference', least: 1.5 }],
    },
    new Map([
      ['reference', [{ per_second: 10 }, { per_second: 100 }, { per_second: 20 }]],
      ['dayfold', [{ per_second: 20 }, { per_second: 100 }, { per_second: 60 }]],
    ]),
  );
  expect(result.ratios[0]).toMatchObject({ ratio: { median: 2, low: 1, high: 3 }, isMet: true });
  expect(tableOf(result)).toContain('per_second, dayfold ÷ reference: 2.00 (1.00–3.00) (goal ≥ 1.5: met)');
});

test('what a machine has no means to measure is told and not judged, and what a contender forgot is an error', () => {
  const benchCase = {
    name: 'idle',
    title: 'Idle',
    contenders: [{ name: 'dayfold', run: async () => ({}) }],
    bounds: [{ figure: 'syncs_day', of: 'dayfold', most: 1 }],
  };
  const result = resultOf(benchCase, new Map([['dayfold', [{ syncs_day: undefined, rss_mb: 5 }]]]));
  expect(result).toMatchObject({ bounds: [], notMeasured: ['syncs_day of dayfold'] });
  expect(Object.keys(result.contenders[0]?.figures ?? {})).toEqual(['rss_mb']);
  expect(tableOf(result)).toContain('syncs_day of dayfold: NOT measured');
  expect(() => resultOf(benchCase, new Map([['dayfold', [{ rss_mb: 5 }]]]))).toThrow('gave no syncs_day');
});
