import type { LocalDay } from '../../src/day/calendar.ts';
import type { PlanInput } from '../../src/writing/plan.ts';
import { attribute, tokenOf } from './writing-desk.ts';

export const NOW = Date.parse('2026-03-10T12:00:00Z');
export const DAY_MS = 24 * 3_600_000;
export const TODAY: LocalDay = '2026-03-10';

export function dateOf(daysAgo: number): LocalDay {
  return new Date(Date.parse(TODAY) - daysAgo * DAY_MS).toISOString().slice(0, 10) as LocalDay;
}

/** One attribute that is owned, nothing that waits. */
export function inputOf(changes: Partial<PlanInput> = {}): PlanInput {
  return {
    now: NOW,
    today: TODAY,
    account: 'me',
    attributes: [attribute('steps')],
    outbox: [],
    token: tokenOf(),
    clockTrusted: true,
    ledger: [
      {
        account: 'me',
        attribute: 'steps',
        name: 'steps',
        state: 'owned',
        since: 0,
        reacquiredAt: undefined,
        reason: undefined,
      },
    ],
    budget: { usedLastHour: 0, limit: 240, reserveForUser: 20 },
    lastSyncAt: undefined,
    nextSyncAt: undefined,
    reason: 'periodic',
    lateMs: 30 * DAY_MS,
    blockedUntil: undefined,
    ...changes,
  };
}
