import type { FoldSpec } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import type { Accumulator } from './accumulator.ts';
import { ExactSum } from './exact-sum.ts';
import { numberOf } from './number-of.ts';
import type { Observation } from './observation.ts';
import type { Placed } from './placed.ts';

/** A fall below this share of the value before is a reset of the counter, not a correction. */
const RESET_SHARE = 0.9;

/** What was true before a fall, to go back to when the counter is back in time. */
interface Fall {
  readonly level: number;
  readonly until: Instant;
  readonly last: number;
  readonly sum: ExactSum;
  readonly steps: number;
  readonly readings: Observation[];
}

/**
 * The growth of a counter, each step on the day of its later reading. A fall below 90 % is taken for a reset at once, the
 * counter going on from zero; when it is back within the glitch time, everything since the fall is taken back. A smaller
 * fall is a correction, a negative step.
 */
export class CounterAccumulator implements Accumulator {
  /** Readings of a dip that was taken back. */
  readonly dips = new Set<Observation>();
  readonly #glitchMs: number;
  readonly #resets: boolean;
  readonly #hasPrior: boolean;
  #last: number | undefined;
  #sum = new ExactSum();
  #steps = 0;
  #seen = 0;
  #falls: Fall[] = [];

  constructor({ glitchMs, resets, base }: Extract<FoldSpec, { kind: 'increase' }>, hasPrior: boolean) {
    this.#glitchMs = glitchMs;
    this.#resets = resets;
    this.#hasPrior = hasPrior;
    this.#last = hasPrior ? undefined : base;
  }

  add({ observation, value, time, place }: Placed): void {
    const count = numberOf(value);
    if (count === undefined) return;
    if (place === 'inside') this.#seen += 1;
    if (this.#falls.length > 0) this.#endDip(time, count);
    const last = this.#last;
    this.#last = count;
    if (last === undefined) return;
    const isReset = this.#resets && last > 0 && count < last * RESET_SHARE;
    if (isReset) {
      const level = last * RESET_SHARE;
      this.#falls.push({
        level,
        until: time + this.#glitchMs,
        last,
        sum: this.#sum.copy(),
        steps: this.#steps,
        readings: [],
      });
    }
    for (const { readings } of this.#falls) readings.push(observation);
    if (place !== 'inside') return;
    this.#sum.add(isReset ? count : count - last);
    this.#steps += 1;
  }

  value(): number | undefined {
    if (this.#steps > 0) return this.#sum.value();
    return this.#hasPrior && this.#seen > 0 ? 0 : undefined;
  }

  #endDip(time: Instant, count: number): void {
    this.#falls = this.#falls.filter(({ until }) => time <= until);
    // Of falls within falls the first one decides.
    const index = this.#falls.findIndex(({ level }) => count >= level);
    const fall = this.#falls[index];
    if (fall === undefined) return;
    this.#falls.length = index;
    this.#last = fall.last;
    this.#sum = fall.sum;
    this.#steps = fall.steps;
    for (const reading of fall.readings) this.dips.add(reading);
  }
}
