import type { DayKey, JournalReading, LocalDay, Touches } from '@dayfold/runtime';

export const HOUR = 3_600_000;
export const NOON = Date.parse('2026-03-29T12:00:00Z');

/** A reading of `home.door`, received when it was made, with whatever else is said. */
export function reading(changes: Partial<JournalReading> = {}): JournalReading {
  const at = changes.at ?? NOON;
  return { series: 'home.door', value: 1, at, receivedAt: at, ...changes };
}

/** The attribute `opens` on the UTC date of a reading. */
export const touches: Touches = (each): Iterable<DayKey> => [{ attribute: 'opens', date: dateOf(each.at) }];

export const nothing: Touches = () => [];

export function dateOf(at: number): LocalDay {
  return new Date(at).toISOString().slice(0, 10) as LocalDay;
}

export async function* batches(
  ...each: readonly (readonly JournalReading[])[]
): AsyncGenerator<readonly JournalReading[]> {
  for (const batch of each) yield batch;
}

/** Dates due for folding, without their marks. */
export async function touchedDates(days: {
  touched(limit: number): Promise<readonly DayKey[]>;
}): Promise<readonly LocalDay[]> {
  return (await days.touched(100)).map(({ date }) => date).toSorted();
}
