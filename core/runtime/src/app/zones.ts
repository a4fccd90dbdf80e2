import type { Calendar, Instant } from '../day/calendar.ts';
import { createCalendar } from '../day/zoned-calendar.ts';
import type { KeyValues } from '../store/problems.ts';

type Zones = readonly { readonly from: Instant; readonly zone: string }[];

const SCOPE = 'dayfold';
const KEY = 'zones';

/**
 * The calendar of an installation. A new zone holds from the next start of a day in the old one, so that days already
 * folded and written keep their bounds; which zone held since when is kept.
 */
export async function calendarOf(
  keyValues: KeyValues,
  zone: string,
  dayStartsMin: number,
  now: Instant,
): Promise<Calendar> {
  const stored = (await keyValues.get(SCOPE, KEY)) as Zones | undefined;
  const known: Zones = stored === undefined || stored.length === 0 ? [{ from: 0, zone }] : stored;
  const calendar = createCalendar({ zones: known, dayStartsMin });
  const next = withZone(known, zone, calendar.bounds(calendar.dayOf(now)).end, now);
  if (next !== stored)
    await keyValues.set(
      SCOPE,
      KEY,
      next.map((entry) => ({ ...entry })),
    );
  return next === known ? calendar : createCalendar({ zones: next, dayStartsMin });
}

function withZone(known: Zones, zone: string, nextDay: Instant, now: Instant): Zones {
  if (known.at(-1)?.zone === zone) return known;
  // A change that was announced and taken back before its midnight never happened.
  const past = known.filter(({ from }, index) => index === 0 || from <= now);
  return past.at(-1)?.zone === zone ? past : [...past, { from: nextDay, zone }];
}
