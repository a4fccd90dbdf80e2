import type { Instant, JournalReading, LocalDay, ReadingPlace } from '@dayfold/runtime';
import type { Value } from '@dayfold/sdk';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';
import type { TableNumbers } from '../numbers/table-numbers.ts';

/** All of a reading but its number. */
export const COLUMNS = 'series, at, start, date, value, flags, unit, id, origin, received';

/** Those that say where a reading stands. */
export const PLACE = 'series, at, start, date';

/** Bits of `flags`. */
export const ARRIVAL = 1;
export const RETAINED = 2;
export const BOOLEAN = 4;

/** Rows of COLUMNS, as lists, as the readings they were. */
export class ReadingRows {
  readonly #series: SeriesNumbers;
  readonly #tables: TableNumbers;

  constructor(series: SeriesNumbers, tables: TableNumbers) {
    this.#series = series;
    this.#tables = tables;
  }

  /** Of a row of PLACE. */
  placeOf(row: readonly unknown[]): ReadingPlace {
    const [series, at, start, date] = row as readonly [number, Instant, Instant | null, LocalDay | null];
    const name = this.#series.nameOf(series);
    if (date !== null) return { series: name, at, date };
    return start === null ? { series: name, at } : { series: name, at, start };
  }

  /** What `readingOf` reads; of a table that is new inside a transaction. */
  rowOf(reading: JournalReading, series: number): (number | string | null)[] {
    const { at, start, date, value, unit, id, table, receivedAt } = reading;
    return [
      series,
      at,
      start ?? null,
      date ?? null,
      typeof value === 'boolean' ? Number(value) : value,
      flagsOf(reading),
      unit ?? null,
      id ?? null,
      table === undefined ? null : this.#tables.idOf(table),
      receivedAt,
    ];
  }

  readingOf(row: readonly unknown[]): JournalReading {
    const [series, at, start, date, value, flags, unit, id, origin, received] = row as readonly [
      number,
      Instant,
      Instant | null,
      LocalDay | null,
      Value,
      number,
      string | null,
      string | null,
      number | null,
      Instant,
    ];
    const reading: { -readonly [Key in keyof JournalReading]: JournalReading[Key] } = {
      series: this.#series.nameOf(series),
      value: (flags & BOOLEAN) === 0 ? value : value === 1,
      at,
      receivedAt: received,
    };
    if (start !== null) reading.start = start;
    if (date !== null) reading.date = date;
    if (unit !== null) reading.unit = unit;
    if (id !== null) reading.id = id;
    if (origin !== null) reading.table = this.#tables.nameOf(origin);
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
