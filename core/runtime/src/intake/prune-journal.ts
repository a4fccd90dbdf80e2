import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar, Instant } from '../day/calendar.ts';
import { spanOfInterest } from '../folding/index.ts';
import { readingKey } from '../store/journal.ts';
import type { Journal } from '../store/journal.ts';
import type { AttributeIndex } from './attribute-index.ts';
import { baseOf } from './day-readings.ts';

/**
 * Removes the raw readings of whole local days that ended before the moment, except those that the first kept day starts
 * from: every later day then starts from one of these or from a reading of its own. Returns how many were removed.
 */
export async function pruneJournal(
  journal: Journal,
  attributes: Pick<AttributeIndex, 'all'>,
  calendar: Calendar,
  moment: Instant,
): Promise<number> {
  const date = calendar.dayOf(moment);
  const all = attributes.all();
  const froms = all.map((attribute) => spanOfInterest(attribute, calendar, date).from);
  // A date stands at its UTC midnight, which west of Greenwich lies before its day.
  const before = Math.min(...froms, calendar.bounds(date).start, Date.parse(`${date}T00:00:00Z`));
  const keep = new Set<string>();
  for (const attribute of all) for (const key of await baseKeys(attribute)) keep.add(key);
  return await journal.prune(before, keep);

  async function baseKeys(attribute: AttributeConfiguration): Promise<readonly string[]> {
    const keys: string[] = [];
    for (const series of attribute.from)
      for (const reading of await baseOf(journal, calendar, attribute, series, date)) keys.push(readingKey(reading));
    return keys;
  }
}
