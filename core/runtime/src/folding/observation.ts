import type { Value } from '@dayfold/sdk';
import type { Instant, LocalDay } from '../day/calendar.ts';

/** A reading as far as folding looks at it. */
export interface Observation {
  readonly value: Value;
  readonly at: Instant;
  readonly start?: Instant;
  readonly date?: LocalDay;
  readonly arrival?: boolean;
  readonly retained?: boolean;
  readonly unit?: string;
  readonly id?: string;
  readonly table?: string;
}

const ENDED = new Set(['unknown', 'unavailable']);

/** The device says that it knows nothing: what its last value holds is over. */
export function isEnding(value: Value): boolean {
  return typeof value === 'string' && ENDED.has(value.toLowerCase());
}

/**
 * Readings in one order whatever their order of arrival, each once: those with a time of their own and no id are the same
 * reading when time and value are.
 */
export function inOrder(observations: readonly Observation[]): Observation[] {
  const sorted = observations.toSorted(compare);
  return sorted.filter((observation, index) => {
    const before = sorted[index - 1];
    return before === undefined || !isSame(before, observation);
  });
}

function isSame(left: Observation, right: Observation): boolean {
  if (compare(left, right) !== 0) return false;
  return left.id !== undefined || (left.arrival !== true && right.arrival !== true);
}

function compare(left: Observation, right: Observation): number {
  return (
    left.at - right.at ||
    (left.start ?? left.at) - (right.start ?? right.at) ||
    compareText(typeof left.value, typeof right.value) ||
    compareValue(left.value, right.value) ||
    compareText(left.id ?? '', right.id ?? '')
  );
}

function compareValue(left: Value, right: Value): number {
  return typeof left === 'string' ? compareText(left, String(right)) : Number(left) - Number(right);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
