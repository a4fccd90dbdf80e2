import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar } from '../day/calendar.ts';
import { holds, isEqual } from './holds.ts';
import { numberOf } from './number-of.ts';
import type { Observation } from './observation.ts';

const NOON_MIN = 720;
const DAY_MIN = 1440;
/** Exist's limit for a text, in code points. */
const LONGEST_TEXT = 1000;

/** Folds that look at the readings of the day alone. Undefined where no reading fits. */
export function foldValues(attribute: AttributeConfiguration, inside: readonly Observation[], calendar: Calendar): Value | undefined {
  const { fold, type } = attribute;
  const values = inside.map(({ value }) => value);
  const numbers = values.map(numberOf).filter((number) => number !== undefined);
  switch (fold.kind) {
    case 'count':
      return values.length === 0 ? undefined : values.length;
    case 'distinct':
      return values.length === 0 ? undefined : new Set(values.map(String)).size;
    case 'first':
      return values[0];
    case 'last':
      return values.at(-1);
    case 'sum':
      return numbers.length === 0 ? undefined : sumOf(numbers);
    case 'min':
      return numbers.length === 0 ? undefined : numbers.reduce((left, right) => Math.min(left, right));
    case 'max':
      return numbers.length === 0 ? undefined : numbers.reduce((left, right) => Math.max(left, right));
    case 'mean':
      return numbers.length === 0 ? undefined : sumOf(numbers) / numbers.length;
    case 'median':
      return medianOf(numbers);
    case 'any':
      return values.length === 0 ? undefined : values.some((value) => holds(fold.condition, value));
    case 'all':
      return values.length === 0 ? undefined : values.every((value) => holds(fold.condition, value));
    case 'time_first':
    case 'time_last': {
      const held = inside.filter(({ value, date }) => date === undefined && holds(fold.condition, value));
      const at = (fold.kind === 'time_first' ? held[0] : held.at(-1))?.at;
      if (at === undefined) return undefined;
      const minutes = calendar.minutesFromMidnight(at);
      return type === 'time_of_day_from_midday' ? (minutes - NOON_MIN + DAY_MIN) % DAY_MIN : minutes;
    }
    case 'join':
      return joined([...new Set(values.map((value) => String(value).trim()))].filter((text) => text !== ''), fold.separator);
    default:
      return undefined;
  }
}

/** How often the state became `to`, or changed at all; the state before the day is where it starts from. */
export function changesOf(inside: readonly Observation[], prior: Observation | undefined, to: Value | undefined): number | undefined {
  if (inside.length === 0) return undefined;
  let before = prior?.value;
  let changes = 0;
  for (const { value } of inside) {
    const isChange = before !== undefined && !isEqual(before, value);
    if (isChange && (to === undefined || isEqual(value, to))) changes += 1;
    before = value;
  }
  return changes;
}

/** Exact to the last bit whatever the order: summed from the smallest amount up, with Neumaier's correction. */
export function sumOf(numbers: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const number of numbers.toSorted((left, right) => Math.abs(left) - Math.abs(right) || left - right)) {
    const next = sum + number;
    lost += Math.abs(sum) >= Math.abs(number) ? sum - next + number : number - next + sum;
    sum = next;
  }
  return sum + lost;
}

function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : lower / 2 + upper / 2;
}

function joined(texts: readonly string[], separator: string): string | undefined {
  const text = texts.join(separator);
  return text === '' ? undefined : Array.from(text).slice(0, LONGEST_TEXT).join('');
}
