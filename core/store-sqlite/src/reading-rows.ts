import type { JournalReading } from '@dayfold/runtime';
import type { Value } from '@dayfold/sdk';

export const COLUMNS = 'seq, series, at, start, date, value, flags, unit, id, origin, received';

/** Bits of `flags`. */
export const ARRIVAL = 1;
export const RETAINED = 2;
export const BOOLEAN = 4;

/** A row of COLUMNS as the reading it was. */
export function readingOf(row: Record<string, unknown>, series: string): JournalReading {
  const flags = Number(row['flags']);
  return {
    series,
    value: (flags & BOOLEAN) === 0 ? (row['value'] as Value) : row['value'] === 1,
    at: Number(row['at']),
    receivedAt: Number(row['received']),
    ...present('start', row['start']),
    ...present('date', row['date']),
    ...present('unit', row['unit']),
    ...present('id', row['id']),
    ...present('table', row['origin']),
    ...((flags & ARRIVAL) === 0 ? {} : { arrival: true }),
    ...((flags & RETAINED) === 0 ? {} : { retained: true }),
  };
}

export function flagsOf({ arrival, retained, value }: JournalReading): number {
  return (
    (arrival === true ? ARRIVAL : 0) | (retained === true ? RETAINED : 0) | (typeof value === 'boolean' ? BOOLEAN : 0)
  );
}

function present<Key extends string>(key: Key, value: unknown): Partial<Record<Key, never>> {
  return value === null || value === undefined ? {} : ({ [key]: value } as Record<Key, never>);
}
