import type { Instant, JournalReading, LocalDay } from '@dayfold/runtime';
import type { Value } from '@dayfold/sdk';
import type { SeriesNumbers } from './series-numbers.ts';
import type { TableNumbers } from './table-numbers.ts';

/** All of a reading but its number. */
export const COLUMNS = 'series, at, start, date, value, flags, unit, id, origin, received';

/** Bits of `flags`. */
export const ARRIVAL = 1;
export const RETAINED = 2;
export const BOOLEAN = 4;

/** Rows of COLUMNS as the readings they were. */
export class ReadingRows {
  readonly #series: SeriesNumbers;
  readonly #tables: TableNumbers;

  constructor(series: SeriesNumbers, tables: TableNumbers) {
    this.#series = series;
    this.#tables = tables;
  }

  readingOf(row: Record<string, unknown>): JournalReading {
    const flags = row['flags'] as number;
    const value = row['value'] as Value;
    const reading: { -readonly [Key in keyof JournalReading]: JournalReading[Key] } = {
      series: this.#series.nameOf(row['series'] as number),
      value: (flags & BOOLEAN) === 0 ? value : value === 1,
      at: row['at'] as Instant,
      receivedAt: row['received'] as Instant,
    };
    if (row['start'] !== null) reading.start = row['start'] as Instant;
    if (row['date'] !== null) reading.date = row['date'] as LocalDay;
    if (row['unit'] !== null) reading.unit = row['unit'] as string;
    if (row['id'] !== null) reading.id = row['id'] as string;
    if (row['origin'] !== null) reading.table = this.#tables.nameOf(row['origin'] as number);
    if ((flags & ARRIVAL) !== 0) reading.arrival = true;
    if ((flags & RETAINED) !== 0) reading.retained = true;
    return reading;
  }
}

export function flagsOf({ arrival, retained, value }: JournalReading): number {
  return (
    (arrival === true ? ARRIVAL : 0) | (retained === true ? RETAINED : 0) | (typeof value === 'boolean' ? BOOLEAN : 0)
  );
}
