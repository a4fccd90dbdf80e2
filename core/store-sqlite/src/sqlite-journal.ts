import { readingKey } from '@dayfold/runtime';
import type { Instant, Journal, JournalReading, LocalDay, StorageEntry, Touches } from '@dayfold/runtime';
import type { MirrorResult } from '@dayfold/sdk';
import type { Database } from './database.ts';
import { COLUMNS, readingOf } from './reading-rows.ts';
import { ReadingWriter } from './reading-writer.ts';
import { SeriesNumbers } from './series-numbers.ts';
import { TableMirror } from './table-mirror.ts';
import type { TouchedMarks } from './touched-marks.ts';

const HOUR_MS = 3_600_000;
/** `flags` and `unit` after the promised order: readings that differ in them alone have a fixed order too. */
const ORDER = 'ORDER BY at, start, value, id, flags, unit, seq';
const ORDER_BACKWARDS = 'ORDER BY at DESC, start DESC, value DESC, id DESC, flags DESC, unit DESC, seq DESC';
/** Rows pruned in one transaction. */
const PORTION = 1000;
/** What a source stored without acknowledging it stands among the rows stored last; further back nobody looks. */
const RECEIPTS_WITHIN = 200_000;

/** The journal as one append-only table. */
export class SqliteJournal implements Journal {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #writer: ReadingWriter;
  readonly #mirror: TableMirror;

  constructor(database: Database, touched: TouchedMarks) {
    this.#database = database;
    this.#series = new SeriesNumbers(database);
    this.#writer = new ReadingWriter(database, this.#series, touched);
    this.#mirror = new TableMirror(database, this.#series, this.#writer, touched);
  }

  async commit(readings: readonly JournalReading[], state: readonly StorageEntry[], touches: Touches): Promise<void> {
    this.#database.transaction(() => {
      this.#writer.write(readings, touches);
      for (const { source, key, value } of state) {
        this.#database.run(
          'INSERT OR REPLACE INTO plugin_storage VALUES (?, ?, ?)',
          source,
          key,
          JSON.stringify(value),
        );
      }
    });
  }

  mirror(table: string, rows: AsyncIterable<readonly JournalReading[]>, touches: Touches): Promise<MirrorResult> {
    return this.#mirror.mirror(table, rows, touches);
  }

  async between(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND at < ? AND date IS NULL ${ORDER}`,
      this.#series.knownId(series),
      from,
      to,
    );
  }

  async overlapping(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND start IS NOT NULL AND start < ? AND at > ? ${ORDER}`,
      this.#series.knownId(series),
      to,
      from,
    );
  }

  async dated(series: string, date: LocalDay): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND date = ? ${ORDER}`,
      this.#series.knownId(series),
      date,
    );
  }

  async nextDate(series: string, from: LocalDay, direction: 'earlier' | 'later'): Promise<LocalDay | undefined> {
    const row =
      direction === 'earlier'
        ? this.#database.get(
            'SELECT max(date) AS date FROM journal WHERE series = ? AND date < ?',
            this.#series.knownId(series),
            from,
          )
        : this.#database.get(
            'SELECT min(date) AS date FROM journal WHERE series = ? AND date > ?',
            this.#series.knownId(series),
            from,
          );
    return (row?.['date'] ?? undefined) as LocalDay | undefined;
  }

  async latestBefore(series: string, before: Instant, limit: number): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at < ? AND date IS NULL ${ORDER_BACKWARDS} LIMIT ?`,
      this.#series.knownId(series),
      before,
      limit,
    );
  }

  async firstFrom(series: string, from: Instant): Promise<JournalReading | undefined> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND date IS NULL ${ORDER} LIMIT 1`,
      this.#series.knownId(series),
      from,
    )[0];
  }

  async presence(series: string): Promise<{ readonly hours: readonly Instant[]; readonly dates: readonly LocalDay[] }> {
    const id = this.#series.knownId(series);
    const hours = this.#database.all(
      `SELECT DISTINCT at / ${HOUR_MS} AS hour FROM journal WHERE series = ? AND date IS NULL ORDER BY hour`,
      id,
    );
    const dates = this.#database.all(
      'SELECT DISTINCT date FROM journal WHERE series = ? AND date IS NOT NULL ORDER BY date',
      id,
    );
    return { hours: hours.map(({ hour }) => Number(hour) * HOUR_MS), dates: dates.map(({ date }) => date as LocalDay) };
  }

  async receipts(source: string, limit: number): Promise<readonly string[]> {
    return this.#database
      .all(
        `SELECT receipt FROM journal WHERE seq > (SELECT max(seq) FROM journal) - ${RECEIPTS_WITHIN} AND receipt IS NOT NULL
           AND series IN (SELECT id FROM series WHERE source = ?) ORDER BY seq DESC LIMIT ?`,
        source,
        limit,
      )
      .map(({ receipt }) => receipt as string);
  }

  async lastReceived(source?: string): Promise<Instant | undefined> {
    const row = this.#database.get(
      'SELECT max(received) AS received FROM source_info WHERE ?1 IS NULL OR source = ?1',
      source ?? null,
    );
    return (row?.['received'] ?? undefined) as Instant | undefined;
  }

  /** In portions, each its own transaction, so that readings that arrive meanwhile wait only shortly. */
  async prune(before: Instant, keep: ReadonlySet<string>): Promise<number> {
    let removed = 0;
    for (const { id } of this.#database.all('SELECT id FROM series')) {
      const series = Number(id);
      const name = this.#series.nameOf(series);
      let last: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0];
      for (;;) {
        const rows = this.#database.all(
          `SELECT at, seq, received, origin FROM journal WHERE series = ? AND at < ? AND (at, seq) > (?, ?) ORDER BY at, seq LIMIT ${PORTION}`,
          series,
          before,
          ...last,
        );
        const end = rows.at(-1);
        if (end === undefined) break;
        last = [Number(end['at']), Number(end['seq'])];
        const old = rows.filter(
          ({ at, received, origin }) =>
            Number(received) < before && origin === null && !keep.has(readingKey({ series: name, at: Number(at) })),
        );
        this.#database.transaction(() => {
          for (const { seq } of old) this.#database.run('DELETE FROM journal WHERE seq = ?', Number(seq));
        });
        removed += old.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return removed;
  }

  #rows(sql: string, ...values: (number | string | null)[]): JournalReading[] {
    return this.#database.all(sql, ...values).map((row) => readingOf(row, this.#series.nameOf(Number(row['series']))));
  }
}
