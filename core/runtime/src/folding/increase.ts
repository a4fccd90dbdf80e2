import type { FoldSpec } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import { numberOf } from './number-of.ts';
import type { Observation } from './observation.ts';

/** A fall below this share of the value before is a reset of the counter, not a correction. */
const RESET_SHARE = 0.9;

export interface Step {
  readonly at: Instant;
  readonly amount: number;
}

/**
 * The steps of a counter, each at its later reading. A fall below 90 % is a reset, and the counter goes on from zero,
 * unless it is back within the glitch time: then the dip counts nothing. A smaller fall is a correction, a negative step.
 * `isFirst`: nothing is known before these readings, so that the first counts nothing (or from `base`).
 */
export function stepsOf(
  observations: readonly Observation[],
  { glitchMs, resets, base }: Extract<FoldSpec, { kind: 'increase' }>,
  isFirst: boolean,
): Step[] {
  const counted = observations.flatMap(({ at, value }) => {
    const count = numberOf(value);
    return count === undefined ? [] : [{ at, count }];
  });
  const steps: Step[] = [];
  let last: number | undefined = isFirst ? base : undefined;
  for (let index = 0; index < counted.length; index += 1) {
    const { at, count } = counted[index] as { at: Instant; count: number };
    if (last === undefined) {
      last = count;
      continue;
    }
    if (resets && count < last * RESET_SHARE) {
      const level = last * RESET_SHARE;
      const back = counted.findIndex((later, position) => position > index && later.at <= at + glitchMs && later.count >= level);
      if (back === -1) steps.push({ at, amount: count });
      else {
        index = back - 1;
        continue;
      }
    } else steps.push({ at, amount: count - last });
    last = count;
  }
  return steps;
}
