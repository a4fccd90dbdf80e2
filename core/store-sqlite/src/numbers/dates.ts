import type { Instant, LocalDay } from '@dayfold/runtime';

const DAY_MS = 24 * 3_600_000;
/** The year 2106: dates up to then are kept ready, by their number since 1970. */
const READY = 50_000;

const ready: (LocalDay | undefined)[] = Array<undefined>(READY);

/** The date whose UTC midnight this is; undefined where it is no midnight. */
export function dateAt(at: Instant): LocalDay | undefined {
  const day = at / DAY_MS;
  const known = day < READY ? ready[day] : undefined;
  if (known !== undefined) return known;
  if (!Number.isInteger(day)) return undefined;
  const date = new Date(at).toISOString().slice(0, 10) as LocalDay;
  if (day >= 0 && day < READY) ready[day] = date;
  return date;
}
