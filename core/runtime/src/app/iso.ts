import type { Instant } from '../day/calendar.ts';

/** As reports carry a moment. */
export function iso(instant: Instant): string {
  return new Date(instant).toISOString();
}
