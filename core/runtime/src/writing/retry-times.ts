import type { Instant } from '../day/calendar.ts';

const SHORTEST_MS = 30_000;
const LONGEST_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Full jitter between half a minute and twice as long after each failure in a row, at most an hour. */
export function backoffMs(failures: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(failures, 10));
  return Math.round(SHORTEST_MS + random() * (ceiling - SHORTEST_MS));
}

/** Until when a 429 stops an account: the time Exist gave, else the top of the next hour; then up to a minute more. */
export function limitedUntil(now: Instant, retryAfterMs: number | undefined, random: () => number): Instant {
  const until = retryAfterMs === undefined ? (Math.floor(now / LONGEST_MS) + 1) * LONGEST_MS : now + retryAfterMs;
  return Math.round(until + random() * MINUTE_MS);
}
