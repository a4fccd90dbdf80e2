import type { LocalDay } from './calendar.ts';

const DAY_MS = 24 * 3_600_000;

export function nextDay(day: LocalDay): LocalDay {
  return dayAt(Date.parse(`${day}T00:00:00Z`) + DAY_MS);
}

export function previousDay(day: LocalDay): LocalDay {
  return dayAt(Date.parse(`${day}T00:00:00Z`) - DAY_MS);
}

/** Below 0 where `left` is the earlier day. */
export function compareDays(left: LocalDay, right: LocalDay): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A real date of the calendar, written `YYYY-MM-DD`. */
export function isLocalDay(text: string): text is LocalDay {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && dayAt(at) === text;
}

function dayAt(utcMidnight: number): LocalDay {
  return new Date(utcMidnight).toISOString().slice(0, 10) as LocalDay;
}
