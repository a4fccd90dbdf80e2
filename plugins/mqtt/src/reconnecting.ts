const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5 * 60_000;
const TAKEOVERS_WITHIN_MS = 60_000;
/** As many lost connections in a minute are no network: somebody else uses the client id. */
const MOST_TAKEOVERS = 5;

/** How long to wait before the next try, and whether another client keeps taking our place. */
export class Reconnecting {
  readonly #random: () => number;
  #failures = 0;
  #losses: number[] = [];

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Full jitter from a second to five minutes: homes that come back together must not knock together. */
  next(): number {
    this.#failures += 1;
    const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 12));
    return FIRST_RETRY_MS + this.#random() * (ceiling - FIRST_RETRY_MS);
  }

  /** After a wrong password or a fight over the client id: it takes a person to mend that. */
  slow(): number {
    return LONGEST_RETRY_MS;
  }

  connected(): void {
    this.#failures = 0;
  }

  /** Whether that made too many losses of a working connection, at a time on the monotonic clock. */
  lost(at: number): boolean {
    this.#losses = [...this.#losses.filter((loss) => at - loss < TAKEOVERS_WITHIN_MS), at];
    return this.#losses.length >= MOST_TAKEOVERS;
  }
}
