import type { DateRange, Instant, JournalReading, LocalDay, TimeRange } from '@dayfold/runtime';
import { COLUMNS } from '../bodies/reading-rows.ts';
import type { ReadingRows } from '../bodies/reading-rows.ts';
import type { Database } from '../database.ts';

/** Rows pruned in one transaction. */
const PORTION = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Of the years that are written with four digits, less a day. */
const LAST_MOMENT = Date.UTC(9999, 11, 30);

/** Readings that can be asked for by more than their time (an id, a date, a span, a table): one a row, with an index for each of these. */
export class JournalRows {
  readonly #database: Database;
  readonly #rows: ReadingRows;

  constructor(database: Database, rows: ReadingRows) {
    this.#database = database;
    this.#rows = rows;
  }

  between(series: number, from: Instant, to: Instant): JournalReading[] {
    return this.#all(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND at < ? AND date IS NULL`,
      series,
      from,
      to,
    );
  }

  count(series: number, { first, last }: DateRange, { from, to }: TimeRange): number {
    const timed = this.#database.get(
      'SELECT count(*) AS rows FROM journal WHERE series = ? AND at >= ? AND at < ? AND date IS NULL',
      series,
      from,
      to,
    );
    const dated = this.#database.get(
      'SELECT count(*) AS rows FROM journal WHERE series = ? AND date BETWEEN ? AND ?',
      series,
      first,
      last,
    );
    return Number(timed?.['rows']) + Number(dated?.['rows']);
  }

  overlapping(series: number, from: Instant, to: Instant): JournalReading[] {
    return this.#all(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND start IS NOT NULL AND start < ? AND at > ?`,
      series,
      to,
      from,
    );
  }

  dated(series: number, from: LocalDay, to: LocalDay): JournalReading[] {
    return this.#all(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND date BETWEEN ? AND ?`, series, from, to);
  }

  /** Undated with from <= at < to, of one of the dates, or a span that overlaps. */
  hasAny(
    series: number,
    { first, last }: { readonly first: LocalDay; readonly last: LocalDay },
    { from, to }: { readonly from: Instant; readonly to: Instant },
  ): boolean {
    const found = this.#database.get(
      `SELECT EXISTS (SELECT 1 FROM journal WHERE series = ?1 AND at >= ?4 AND at < ?5 AND date IS NULL)
         OR EXISTS (SELECT 1 FROM journal WHERE series = ?1 AND date BETWEEN ?2 AND ?3)
         OR EXISTS (SELECT 1 FROM journal WHERE series = ?1 AND start IS NOT NULL AND start < ?5 AND at > ?4) AS found`,
      series,
      first,
      last,
      from,
      to,
    );
    return found?.['found'] === 1;
  }

  nextDate(series: number, from: LocalDay, direction: 'earlier' | 'later'): LocalDay | undefined {
    const next =
      direction === 'earlier'
        ? 'SELECT max(date) AS date FROM journal WHERE series = ? AND date < ?'
        : 'SELECT min(date) AS date FROM journal WHERE series = ? AND date > ?';
    return (this.#database.get(next, series, from)?.['date'] ?? undefined) as LocalDay | undefined;
  }

  /** At least `limit` of those before, unless there are fewer; of the last moment all, for their order is not that of the index. */
  before(series: number, before: Instant, limit: number): JournalReading[] {
    return this.#all(
      `SELECT ${COLUMNS} FROM journal WHERE series = ?1 AND date IS NULL AND at < ?2 AND at >= coalesce((SELECT min(at) FROM
         (SELECT at FROM journal WHERE series = ?1 AND date IS NULL AND at < ?2 ORDER BY at DESC LIMIT ?3)), ?2)`,
      series,
      before,
      limit,
    );
  }

  /** Those of the first moment that has any from then on. */
  from(series: number, from: Instant): JournalReading[] {
    return this.#all(
      `SELECT ${COLUMNS} FROM journal WHERE series = ?1 AND date IS NULL AND at =
         (SELECT min(at) FROM journal WHERE series = ?1 AND date IS NULL AND at >= ?2)`,
      series,
      from,
    );
  }

  hours(series: number): Instant[] {
    return this.#database
      .all(
        `SELECT DISTINCT CAST(floor(at / ${HOUR_MS}.0) AS INTEGER) AS hour FROM journal WHERE series = ? AND date IS NULL`,
        series,
      )
      .map(({ hour }) => Number(hour) * HOUR_MS);
  }

  dates(series: number): LocalDay[] {
    return this.#database
      .all('SELECT DISTINCT date FROM journal WHERE series = ? AND date IS NOT NULL ORDER BY date', series)
      .map(({ date }) => date as LocalDay);
  }

  /** Takes away what may go of those before then, in portions, each a transaction of its own. */
  async prune(series: number, before: Instant, mayGo: (reading: JournalReading) => boolean): Promise<number> {
    return (
      (await this.#prune(series, { column: 'at', end: before, isIt: 'date IS NULL' }, mayGo)) +
      (await this.#prune(series, { column: 'date', end: firstDateFrom(before), isIt: 'date IS NOT NULL' }, mayGo))
    );
  }

  /** Those whose column, by which they are found in order, is less than its end. */
  async #prune(
    series: number,
    { column, end, isIt }: { readonly column: 'at' | 'date'; readonly end: number | string; readonly isIt: string },
    mayGo: (reading: JournalReading) => boolean,
  ): Promise<number> {
    let removed = 0;
    let last: readonly [number | string, number] = [column === 'at' ? Number.MIN_SAFE_INTEGER : '', 0];
    for (;;) {
      const rows = this.#database.lists(
        `SELECT ${COLUMNS}, ${column}, seq FROM journal WHERE series = ? AND ${isIt} AND ${column} < ? AND (${column}, seq) > (?, ?)
         ORDER BY ${column}, seq LIMIT ${PORTION}`,
        series,
        end,
        ...last,
      );
      const latest = rows.at(-1);
      if (latest === undefined) return removed;
      last = latest.slice(-2) as [number | string, number];
      const old = rows.filter((row) => mayGo(this.#rows.readingOf(row)));
      this.#database.transaction(() => {
        for (const row of old) this.#database.run('DELETE FROM journal WHERE seq = ?', row.at(-1) ?? null);
      });
      removed += old.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #all(sql: string, series: number, ...values: (number | string | null)[]): JournalReading[] {
    return this.#database.lists(sql, series, ...values).map((row) => this.#rows.readingOf(row));
  }
}

/** The first date whose UTC midnight lies at this moment or later. */
function firstDateFrom(moment: Instant): LocalDay {
  const midnight = Math.ceil(Math.max(0, Math.min(moment, LAST_MOMENT)) / DAY_MS) * DAY_MS;
  return new Date(midnight).toISOString().slice(0, 10) as LocalDay;
}
