import type { Calendar, Instant } from '../day/calendar.ts';
import type { KeyValues } from '../store/problems.ts';

/** Exist asks for at most one periodic sync an hour. */
export const LEAST_BETWEEN_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SCOPE = 'dayfold';
const KEY = 'sync_offsets';

/** Drawn once for an installation, so that the world does not write at the same minute. */
export interface Offsets {
  /** Within the hour. */
  readonly hourMs: number;
  /** After the user's midnight, 1 to 10 minutes. */
  readonly midnightMs: number;
}

export async function offsetsOf(keyValues: KeyValues, random: () => number): Promise<Offsets> {
  const stored = (await keyValues.get(SCOPE, KEY)) as { hourMs: number; midnightMs: number } | undefined;
  if (stored !== undefined) return stored;
  const drawn = {
    hourMs: Math.floor(random() * LEAST_BETWEEN_MS),
    midnightMs: MINUTE_MS + Math.floor(random() * 9 * MINUTE_MS),
  };
  await keyValues.set(SCOPE, KEY, drawn);
  return drawn;
}

export interface Timing extends Offsets {
  readonly now: Instant;
  /** The last sync that counted as periodic. */
  readonly last: Instant | undefined;
  readonly everyMs: number;
  readonly calendar: Pick<Calendar, 'dayOf' | 'bounds'>;
}

/**
 * When the next periodic sync is due and why. The one after midnight takes the place of its neighbours: whatever would
 * come less than an hour before or after it is put off, so two are never less than an hour apart.
 */
export function nextPeriodic(timing: Timing): {
  readonly at: Instant;
  readonly reason: 'periodic' | 'midnight' | 'start';
} {
  const { now, everyMs, hourMs, midnightMs, calendar } = timing;
  if (timing.last === undefined) return { at: now, reason: 'start' };
  // A last sync in the future was dated by a wrong clock.
  const last = Math.min(timing.last, now);
  const every = Math.max(everyMs, LEAST_BETWEEN_MS);
  const midnight = Math.max(
    calendar.bounds(calendar.dayOf(last - midnightMs)).end + midnightMs,
    last + LEAST_BETWEEN_MS,
  );
  // Half an interval of slack: a sync that began a little after its slot does not skip the next one.
  const slot = firstSlotAfter(last + every / 2, every, hourMs % every);
  const regular = Math.max(slot, last + LEAST_BETWEEN_MS);
  const next =
    regular + LEAST_BETWEEN_MS <= midnight
      ? { at: regular, reason: 'periodic' as const }
      : { at: midnight, reason: 'midnight' as const };
  // Slept through: one sync at once makes up for all.
  return next.at + LEAST_BETWEEN_MS < now ? { at: now, reason: 'start' } : next;
}

function firstSlotAfter(instant: Instant, every: number, offset: number): Instant {
  return (Math.floor((instant - offset) / every) + 1) * every + offset;
}
