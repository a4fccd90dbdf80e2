import type { Instant } from '../day/calendar.ts';
import type { LoggedRequest } from '../store/accounts.ts';

/** Of the 300 an hour that Exist allows a token: the rest is for whoever else uses it and for requests we lost count of. */
export const HOURLY_LIMIT = 240;
/** What syncs leave for the person: a login, a `sync` by hand, a release. */
export const RESERVE_FOR_USER = 20;
export const WINDOW_MS = 3_600_000;

export interface Budget {
  readonly usedLastHour: number;
  readonly limit: number;
  readonly reserveForUser: number;
}

/** Exist does not say whether its hour is fixed or sliding: a sliding count is right for both. */
export function budgetOf(requests: readonly LoggedRequest[], now: Instant): Budget {
  const usedLastHour = requests.filter(({ at }) => at > now - WINDOW_MS && at <= now).length;
  return { usedLastHour, limit: HOURLY_LIMIT, reserveForUser: RESERVE_FOR_USER };
}

/** Requests that may be made now. */
export function roomIn(budget: Budget, forUser: boolean): number {
  return Math.max(0, budget.limit - budget.usedLastHour - (forUser ? 0 : budget.reserveForUser));
}

/** When at least one request fits again. */
export function roomAgainAt(requests: readonly LoggedRequest[], now: Instant, allowed: number): Instant {
  const inWindow = requests
    .map(({ at }) => at)
    .filter((at) => at > now - WINDOW_MS)
    .sort((one, other) => one - other);
  const leaving = inWindow[inWindow.length - allowed];
  return leaving === undefined ? now : leaving + WINDOW_MS;
}
