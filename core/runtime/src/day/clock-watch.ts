import type { Instant } from './calendar.ts';
import type { Clock } from './clock.ts';

const DAY_MS = 24 * 3_600_000;
/** A weekend asleep or without power is no reason to doubt the clock. */
const MOST_AHEAD_MS = 3 * DAY_MS;

/**
 * Whether the wall clock goes on with the passing of time. One that runs years ahead, for it was set by hand or its battery
 * failed, would make everything old that is kept; so after a leap a day has to pass in which the time service can put it
 * right.
 */
export class ClockWatch {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly #mostAheadMs: number;
  /** Of the wall clock to the passing of time, when it was looked at last. */
  #offset: number;
  #leaptAt: number | undefined;

  /** `known` is the newest moment of an earlier life. */
  constructor(clock: Pick<Clock, 'now' | 'monotonic'>, known: Instant | undefined, mostAheadMs = MOST_AHEAD_MS) {
    this.#clock = clock;
    this.#mostAheadMs = Math.min(MOST_AHEAD_MS, mostAheadMs);
    this.#offset = (known ?? clock.now()) - clock.monotonic();
  }

  /** Look at least every hour: a leap is seen by what lies between two looks. */
  isSteady(): boolean {
    const passed = this.#clock.monotonic();
    const offset = this.#clock.now() - passed;
    if (offset - this.#offset > this.#mostAheadMs) this.#leaptAt = passed;
    if (this.#offset - offset > this.#mostAheadMs) this.#leaptAt = undefined;
    this.#offset = offset;
    return this.#leaptAt === undefined || passed - this.#leaptAt >= DAY_MS;
  }
}
