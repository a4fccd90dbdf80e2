import { token } from '../kernel/token.ts';

/** Milliseconds since 1970, UTC. */
export type Instant = number;

/** A local calendar date, `YYYY-MM-DD`. */
export type LocalDay = `${number}-${number}-${number}`;

/** A stretch of time; `end` is not part of it. */
export interface Bounds {
  readonly start: Instant;
  readonly end: Instant;
}

/** The user's days: zone, zone changes and `day_starts` taken together. Days follow each other without gap or overlap. */
export interface Calendar {
  /** Another number, once days may have other bounds than before. */
  readonly edition: number;
  dayOf(instant: Instant): LocalDay;
  /** A day that the zone skipped (or a journey swallowed) is empty: start equals end. */
  bounds(day: LocalDay): Bounds;
  /** The zone in force at an instant. */
  zoneAt(instant: Instant): string;
  /** Instant of ISO 8601 text; without an offset it is local time. Undefined where the text is no time. */
  instantOf(text: string): Instant | undefined;
  /** Minutes from local midnight on the wall clock, 0 to 1439. */
  minutesFromMidnight(instant: Instant): number;
}
export const Calendar = token<Calendar>('Calendar');
