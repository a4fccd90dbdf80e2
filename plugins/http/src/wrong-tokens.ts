import type { Clock } from '@dayfold/sdk';

const MOST = 20;
const WINDOW_MS = 60_000;
const CLOSED_MS = 60_000;

/** Bounds how fast tokens can be guessed: after 20 wrong ones within a minute nothing is taken for a minute. */
export class WrongTokens {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** When the last wrong ones came, at most 20. */
  #times: number[] = [];
  #closedUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Whole seconds until tokens are looked at again; 0 when they are. */
  waitS(): number {
    return Math.max(0, Math.ceil((this.#closedUntil - this.#clock.monotonic()) / 1000));
  }

  /** Takes note of a wrong one; true when it was one too many. */
  count(): boolean {
    const now = this.#clock.monotonic();
    this.#times = [...this.#times.filter((time) => now - time < WINDOW_MS), now];
    if (this.#times.length < MOST) return false;
    this.#times = [];
    this.#closedUntil = now + CLOSED_MS;
    return true;
  }
}
