import { byTime } from '@dayfold/runtime';
import type { JournalReading } from '@dayfold/runtime';
import { flagsOf } from './reading-rows.ts';

/** The promised order; readings that differ in flags or unit alone have a fixed order too. */
export function inOrder(readings: JournalReading[]): JournalReading[] {
  for (let index = 1; index < readings.length; index += 1)
    if (compareReadings(readings[index - 1] as JournalReading, readings[index] as JournalReading) > 0)
      return readings.sort(compareReadings);
  return readings;
}

/** 0 for readings of one series and table that nothing but the time of arrival tells apart. */
export function compareReadings(left: JournalReading, right: JournalReading): number {
  const order = byTime(left, right);
  if (order !== 0) return order;
  const [unit, other] = [left.unit ?? '', right.unit ?? ''];
  return flagsOf(left) - flagsOf(right) || (unit < other ? -1 : unit > other ? 1 : 0);
}
