import type { Instant } from '../day/calendar.ts';
import { isEnding } from './observation.ts';
import type { Observation } from './observation.ts';

/** A value and for how long it held inside the day. */
export interface Held {
  readonly observation: Observation;
  readonly ms: number;
}

/**
 * Each value holds until the next reading, but no longer than `staleMs`, the day's end or now; the value before the day
 * carries in. `prior` is the last reading before the day.
 */
export function heldInside(
  inside: readonly Observation[],
  prior: Observation | undefined,
  bounds: { readonly start: Instant; readonly until: Instant },
  staleMs: number,
): Held[] {
  const sequence = prior === undefined ? inside : [prior, ...inside];
  return sequence.flatMap((observation, index) => {
    if (isEnding(observation.value)) return [];
    const from = Math.max(observation.at, bounds.start);
    const to = Math.min(sequence[index + 1]?.at ?? bounds.until, bounds.until, observation.at + staleMs);
    return to > from ? [{ observation, ms: to - from }] : [];
  });
}
