import type { Calendar, Instant, LocalDay } from './calendar.ts';
import { isLocalDay, previousDay } from './local-days.ts';

/** A date as people name it; the words follow the user's days, with their zone and `day_starts`. */
export type DayName = LocalDay | 'today' | 'yesterday';

export function isDayName(text: string): text is DayName {
  return text === 'today' || text === 'yesterday' || isLocalDay(text);
}

export function dayNamed(name: DayName, calendar: Pick<Calendar, 'dayOf'>, now: Instant): LocalDay {
  if (name === 'today') return calendar.dayOf(now);
  return name === 'yesterday' ? previousDay(calendar.dayOf(now)) : name;
}
