import type { Value } from '@dayfold/sdk';
import type { Instant, LocalDay } from '../day/calendar.ts';

/** A reading as far as folding looks at it. */
export interface Observation {
  readonly value: Value;
  /** The time, or the end of a span, or UTC midnight of `date`. */
  readonly at: Instant;
  readonly start?: Instant;
  readonly date?: LocalDay;
  /** `at` is the time of arrival: equal readings are still two. */
  readonly arrival?: boolean;
  readonly retained?: boolean;
  readonly unit?: string;
  readonly id?: string;
  readonly table?: string;
}

const ENDED = new Set(['unknown', 'unavailable']);

/** The device says that it knows nothing: what its last value holds is over. */
export function isEnding(value: Value): boolean {
  return typeof value === 'string' && value.length <= 20 && ENDED.has(value.trim().toLowerCase());
}

/** What a device sends where it has nothing to say. Typed as a value, since it may come from anywhere. */
export function isNothing(value: Value | null | undefined): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'string' ? value.trim() === '' : typeof value === 'number' && !Number.isFinite(value);
}

/**
 * Readings in one order whatever their order of arrival, each once: those with a time of their own and no id are the same
 * reading when time and value are.
 */
export function inOrder(observations: readonly Observation[]): readonly Observation[] {
  const readings = observations.filter(({ value }) => !isNothing(value));
  const sorted = isSorted(readings) ? readings : readings.toSorted(compare);
  return sorted.filter((observation, index) => {
    const before = sorted[index - 1];
    return before === undefined || !isSame(before, observation);
  });
}

/** Below 0 where `left` comes first; readings that are the same may compare as different, but stand side by side. */
export function compare(left: Observation, right: Observation): number {
  return (
    left.at - right.at ||
    compareContent(left, right) ||
    // Of the same reading heard twice, the live one is kept.
    Number(left.retained ?? false) - Number(right.retained ?? false) ||
    compareText(left.unit ?? '', right.unit ?? '') ||
    compareText(left.table ?? '', right.table ?? '')
  );
}

/** Whether the second is the first heard again; of a table each row counts. */
export function isSame(left: Observation, right: Observation): boolean {
  if (left.at !== right.at || compareContent(left, right) !== 0) return false;
  return left.id !== undefined || (left.arrival !== true && left.table === undefined && right.table === undefined);
}

function compareContent(left: Observation, right: Observation): number {
  return (
    (left.start ?? left.at) - (right.start ?? right.at) ||
    compareText(typeof left.value, typeof right.value) ||
    compareValue(left.value, right.value) ||
    compareText(left.id ?? '', right.id ?? '') ||
    compareText(left.date ?? '', right.date ?? '') ||
    Number(left.start !== undefined) - Number(right.start !== undefined) ||
    Number(left.arrival ?? false) - Number(right.arrival ?? false)
  );
}

function isSorted(observations: readonly Observation[]): boolean {
  for (let index = 1; index < observations.length; index += 1) {
    if (compare(observations[index - 1] as Observation, observations[index] as Observation) > 0) return false;
  }
  return true;
}

function compareValue(left: Value, right: Value): number {
  return typeof left === 'string' ? compareText(left, String(right)) : Number(left) - Number(right);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
