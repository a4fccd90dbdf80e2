import type { Counters } from './counters.ts';

const LIMIT = 300;
const WINDOW_MS = 3_600_000;

/** 300 requests in any 60 minutes for each client of the account, whichever of its tokens it uses. */
export class RateLimit {
  readonly #times = new Map<string, number[]>();
  readonly #counters: Counters;

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  admits(client: string, now: number): boolean {
    const recent = (this.#times.get(client) ?? []).filter((time) => time > now - WINDOW_MS);
    this.#times.set(client, recent);
    if (recent.length >= LIMIT) {
      this.#counters.rateLimited += 1;
      return false;
    }
    recent.push(now);
    this.#counters.busiestHour = Math.max(this.#counters.busiestHour, recent.length);
    return true;
  }
}
