import type { Value } from '@dayfold/sdk';
import type { Condition } from '../config/configuration.ts';
import { numberOf } from './number-of.ts';

/** Whether a condition holds for a value. Numbers and numeric text are alike; other text counts letter by letter. */
export function holds(condition: Condition, value: Value): boolean {
  switch (condition.test) {
    case '=':
      return isEqual(value, condition.value);
    case '!=':
      return !isEqual(value, condition.value);
    case 'in':
      return condition.values.some((candidate) => isEqual(value, candidate));
    case 'between': {
      const number = numberOf(value);
      return number !== undefined && number >= condition.low && number <= condition.high;
    }
    default: {
      const number = numberOf(value);
      return number !== undefined && compares(condition.test, number, condition.than);
    }
  }
}

export function isEqual(left: Value, right: Value): boolean {
  if (left === right || String(left) === String(right)) return true;
  const [leftNumber, rightNumber] = [numberOf(left), numberOf(right)];
  return leftNumber !== undefined && leftNumber === rightNumber;
}

function compares(test: '>' | '>=' | '<' | '<=', left: number, right: number): boolean {
  switch (test) {
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
  }
}
