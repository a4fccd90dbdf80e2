import type { DateRange, Instant, JournalReading, LocalDay } from '@dayfold/runtime';
import { addNumbers, countIn, dayBeside, daysIn, readingsIn, stretchOf } from '../bodies/dated-bodies.ts';
import { checksumOf, intact } from '../bodies/reading-columns.ts';
import type { Database } from '../database.ts';
import { dateAt } from '../numbers/dates.ts';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';
import type { TableNumbers } from '../numbers/table-numbers.ts';

export interface DatedPage {
  readonly series: number;
  /** Which dates. */
  readonly stretch: number;
  readonly table: number;
  readonly body: Uint8Array;
}

/** An instant that no date is at or beyond; SQLite's integers end before infinity. */
const FAR = 8.64e15;

/** Dated readings of tables, a page for each series, stretch of dates and table: years of days are not a row for each. */
export class DatedPages {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #tables: TableNumbers;

  constructor(database: Database, series: SeriesNumbers, tables: TableNumbers) {
    this.#database = database;
    this.#series = series;
    this.#tables = tables;
  }

  /** Both dates are included. */
  dated(series: number, from: LocalDay, to: LocalDay): JournalReading[] {
    const [first, last] = [Date.parse(from), Date.parse(to)];
    const rows = this.#between(series, first, last);
    return rows.flatMap((row) => this.#readings(series, row, first, last));
  }

  /** Undefined where there is more on a date than one number. */
  numbers(series: number, from: LocalDay, to: LocalDay): ReadonlyMap<LocalDay, number> | undefined {
    const [first, last] = [Date.parse(from), Date.parse(to)];
    const numbers = new Map<LocalDay, number>();
    const isAll = this.#between(series, first, last).every((row) =>
      addNumbers(intact(row['body'], row['checksum']), first, last, numbers),
    );
    return isAll ? numbers : undefined;
  }

  count(series: number, dates: DateRange): number {
    const [first, last] = [Date.parse(dates.first), Date.parse(dates.last)];
    const rows = this.#between(series, first, last);
    return rows.reduce((sum, row) => sum + countIn(intact(row['body'], row['checksum']), first, last), 0);
  }

  nextDate(series: number, from: LocalDay, direction: 'earlier' | 'later'): LocalDay | undefined {
    const [isLater, moment] = [direction === 'later', Date.parse(from)];
    const next = isLater
      ? 'SELECT min(stretch) AS stretch FROM dated_page WHERE series = ? AND stretch >= ?'
      : 'SELECT max(stretch) AS stretch FROM dated_page WHERE series = ? AND stretch <= ?';
    for (let at = stretchOf(moment); ; at += isLater ? 1 : -1) {
      const stretch = this.#database.get(next, series, at)?.['stretch'] ?? undefined;
      if (stretch === undefined) return undefined;
      at = Number(stretch);
      const days = this.#bodies(series, at, at).flatMap((body) => dayBeside(body, moment, direction) ?? []);
      if (days.length > 0) return dateAt(isLater ? Math.min(...days) : Math.max(...days));
    }
  }

  dates(series: number): LocalDay[] {
    const days = new Set(this.#bodies(series, -FAR, FAR).flatMap(daysIn));
    return [...days].toSorted((left, right) => left - right).map((day) => dateAt(day) as LocalDay);
  }

  /** What a table has there. */
  body({ series, stretch, table }: Omit<DatedPage, 'body'>): Uint8Array | undefined {
    const row = this.#database.get(
      'SELECT checksum, body FROM dated_page WHERE series = ? AND stretch = ? AND origin = ?',
      series,
      stretch,
      table,
    );
    return row && intact(row['body'], row['checksum']);
  }

  /** In the place of what the table had there. */
  put({ series, stretch, table, body }: DatedPage, received: Instant): void {
    this.#database.run(
      `INSERT INTO dated_page (series, stretch, origin, received, checksum, body) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET received = excluded.received, checksum = excluded.checksum, body = excluded.body`,
      series,
      stretch,
      table,
      received,
      checksumOf(body),
      body,
    );
  }

  remove({ series, stretch, table }: Omit<DatedPage, 'body'>): void {
    this.#database.run(
      'DELETE FROM dated_page WHERE series = ? AND stretch = ? AND origin = ?',
      series,
      stretch,
      table,
    );
  }

  #between(series: number, first: Instant, last: Instant): Record<string, unknown>[] {
    return this.#database.all(
      'SELECT origin, received, checksum, body FROM dated_page WHERE series = ? AND stretch BETWEEN ? AND ? ORDER BY stretch, origin',
      series,
      stretchOf(first),
      stretchOf(last),
    );
  }

  /** Of these stretches. */
  #bodies(series: number, first: number, last: number): Uint8Array[] {
    return this.#database
      .all('SELECT checksum, body FROM dated_page WHERE series = ? AND stretch BETWEEN ? AND ?', series, first, last)
      .map((row) => intact(row['body'], row['checksum']));
  }

  #readings(series: number, row: Record<string, unknown>, first: Instant, last: Instant): JournalReading[] {
    const origin = {
      series: this.#series.nameOf(series),
      table: this.#tables.nameOf(Number(row['origin'])),
      receivedAt: Number(row['received']),
    };
    return readingsIn(intact(row['body'], row['checksum']), origin, first, last);
  }
}
