import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar, LocalDay } from '../day/calendar.ts';
import { instantOf } from '../folding/index.ts';
import type { Journal } from '../store/journal.ts';

/** The first day after this one on which readings of the series may stand. */
export async function nextDayWithReadings(
  journal: Journal,
  calendar: Calendar,
  attribute: AttributeConfiguration,
  series: string,
  day: LocalDay,
): Promise<LocalDay | undefined> {
  const dated = await journal.nextDate(series, day, 'later');
  const timed = await nextTimed(journal, calendar, attribute, series, day);
  return dated === undefined || (timed !== undefined && timed < dated) ? timed : dated;
}

async function nextTimed(
  journal: Journal,
  calendar: Calendar,
  attribute: AttributeConfiguration,
  series: string,
  day: LocalDay,
): Promise<LocalDay | undefined> {
  const { end } = calendar.bounds(day);
  const first = await journal.firstFrom(series, end);
  if (first === undefined) return undefined;
  const following = calendar.dayOf(end);
  // A span that ends later may stand earlier: then day by day.
  if (attribute.span !== 'end' && (await journal.overlapping(series, end, first.at + 1)).length > 0) return following;
  const standing = calendar.dayOf(instantOf(attribute, first));
  return standing > day ? standing : following;
}
