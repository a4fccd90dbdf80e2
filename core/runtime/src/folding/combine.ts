import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import { sumOf } from './exact-sum.ts';
import { numberOf } from './number-of.ts';

/** One value from those of several series, given in the order of `from`. */
export function combine(
  values: readonly (Value | undefined)[],
  rule: AttributeConfiguration['combine'],
): Value | undefined {
  const present = values.filter((value) => value !== undefined);
  if (rule === 'first' || present.length < 2) return present[0];
  const numbers = present.map(numberOf).filter((number) => number !== undefined);
  if (numbers.length === 0) return undefined;
  switch (rule) {
    case 'sum':
      return sumOf(numbers);
    case 'max':
      return Math.max(...numbers);
    case 'min':
      return Math.min(...numbers);
  }
}
