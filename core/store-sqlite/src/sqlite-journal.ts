import { byTime, readingKey } from '@dayfold/runtime';
import type { Instant, Journal, JournalReading, LocalDay, StorageEntry, Touches } from '@dayfold/runtime';
import type { MirrorResult } from '@dayfold/sdk';
import type { Database } from './database.ts';
import { JournalPages } from './journal-pages.ts';
import { JournalTail } from './journal-tail.ts';
import { KeptReceipts } from './kept-receipts.ts';
import { COLUMNS, flagsOf, readingOf } from './reading-rows.ts';
import { ReadingWriter } from './reading-writer.ts';
import { SeriesNumbers } from './series-numbers.ts';
import { sortedPages } from './sorted-pages.ts';
import { TableMirror } from './table-mirror.ts';
import type { TouchedMarks } from './touched-marks.ts';

const HOUR_MS = 3_600_000;
/** Rows pruned in one transaction. */
const PORTION = 1000;

/**
 * The journal in three places. Plain readings, which are nearly all, are appended to the *tail*, one row a commit; when many
 * have gathered they are sorted into *pages* by series and hour, in one transaction. Readings that something can ask for by
 * more than their time (an id, a date, a span, a table) are *rows* with an index for each of these.
 */
export class SqliteJournal implements Journal {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #tail: JournalTail;
  readonly #pages: JournalPages;
  readonly #receipts: KeptReceipts;
  readonly #writer: ReadingWriter;
  readonly #mirror: TableMirror;

  constructor(database: Database, touched: TouchedMarks) {
    this.#database = database;
    this.#series = new SeriesNumbers(database);
    this.#tail = new JournalTail(database, this.#series);
    this.#pages = new JournalPages(database, this.#series);
    this.#receipts = new KeptReceipts(database, this.#series);
    this.#writer = new ReadingWriter(database, this.#series, this.#tail, touched);
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
      if (this.#tail.isFull) this.#sortIn();
    });
  }

  mirror(table: string, rows: AsyncIterable<readonly JournalReading[]>, touches: Touches): Promise<MirrorResult> {
    return this.#mirror.mirror(table, rows, touches);
  }

  async between(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    const id = this.#series.knownId(series);
    return inOrder([
      ...this.#pages.between(id, from, to),
      ...this.#rows(
        `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND at < ? AND date IS NULL`,
        id,
        from,
        to,
      ),
      ...this.#tail.of(id).filter(({ at }) => at >= from && at < to),
    ]);
  }

  async count(series: string, from: Instant, to: Instant): Promise<number> {
    const id = this.#series.knownId(series);
    const rows = this.#database.get(
      'SELECT count(*) AS rows FROM journal WHERE series = ? AND at >= ? AND at < ? AND date IS NULL',
      id,
      from,
      to,
    );
    return this.#pages.count(id, from, to) + Number(rows?.['rows']) + this.#tail.of(id).length;
  }

  async overlapping(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return inOrder(
      this.#rows(
        `SELECT ${COLUMNS} FROM journal WHERE series = ? AND start IS NOT NULL AND start < ? AND at > ?`,
        this.#series.knownId(series),
        to,
        from,
      ),
    );
  }

  async dated(series: string, date: LocalDay): Promise<readonly JournalReading[]> {
    return inOrder(
      this.#rows(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND date = ?`, this.#series.knownId(series), date),
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
    const id = this.#series.knownId(series);
    return inOrder([
      ...this.#pages.before(id, before, limit),
      // Of the last moment all: their order is not that of the index.
      ...this.#rows(
        `SELECT ${COLUMNS} FROM journal WHERE series = ?1 AND date IS NULL AND at < ?2 AND at >= coalesce((SELECT min(at) FROM
           (SELECT at FROM journal WHERE series = ?1 AND date IS NULL AND at < ?2 ORDER BY at DESC LIMIT ?3)), ?2)`,
        id,
        before,
        limit,
      ),
      ...this.#tail.of(id).filter(({ at }) => at < before),
    ])
      .toReversed()
      .slice(0, limit);
  }

  async firstFrom(series: string, from: Instant): Promise<JournalReading | undefined> {
    const id = this.#series.knownId(series);
    return inOrder([
      ...this.#pages.from(id, from),
      ...this.#rows(
        `SELECT ${COLUMNS} FROM journal WHERE series = ?1 AND date IS NULL AND at =
           (SELECT min(at) FROM journal WHERE series = ?1 AND date IS NULL AND at >= ?2)`,
        id,
        from,
      ),
      ...this.#tail.of(id).filter(({ at }) => at >= from),
    ])[0];
  }

  async presence(series: string): Promise<{ readonly hours: readonly Instant[]; readonly dates: readonly LocalDay[] }> {
    const id = this.#series.knownId(series);
    const rows = this.#database.all(
      `SELECT DISTINCT CAST(floor(at / ${HOUR_MS}.0) AS INTEGER) AS hour FROM journal WHERE series = ? AND date IS NULL`,
      id,
    );
    const hours = new Set([
      ...this.#pages.hours(id),
      ...rows.map(({ hour }) => Number(hour) * HOUR_MS),
      ...this.#tail.of(id).map(({ at }) => Math.floor(at / HOUR_MS) * HOUR_MS),
    ]);
    const dates = this.#database.all(
      'SELECT DISTINCT date FROM journal WHERE series = ? AND date IS NOT NULL ORDER BY date',
      id,
    );
    return {
      hours: [...hours].toSorted((left, right) => left - right),
      dates: dates.map(({ date }) => date as LocalDay),
    };
  }

  async receipts(source: string, limit: number): Promise<readonly number[]> {
    return this.#receipts.latest(source, limit);
  }

  async series(source: string): Promise<readonly string[]> {
    const inTail = this.#tail.bySeries();
    return this.#database
      .all(
        `SELECT id, name, EXISTS (SELECT 1 FROM journal_page WHERE journal_page.series = series.id)
           OR EXISTS (SELECT 1 FROM journal WHERE journal.series = series.id) AS stored FROM series WHERE source = ?`,
        source,
      )
      .filter(({ id, stored }) => stored === 1 || inTail.has(Number(id)))
      .map(({ name }) => name as string);
  }

  async lastReceived(source?: string): Promise<Instant | undefined> {
    const row = this.#database.get(
      'SELECT max(received) AS received FROM source_info WHERE ?1 IS NULL OR source = ?1',
      source ?? null,
    );
    return (row?.['received'] ?? undefined) as Instant | undefined;
  }

  async size(): Promise<number> {
    return this.#database.usedBytes();
  }

  async oldest(): Promise<Instant | undefined> {
    const stored = this.#database.all(
      `SELECT (SELECT min(hour) FROM journal_page WHERE journal_page.series = series.id) AS hour,
         (SELECT min(at) FROM journal WHERE journal.series = series.id AND origin IS NULL) AS at FROM series`,
    );
    const tail = [...this.#tail.bySeries().values()].flatMap((readings) => readings.map(({ at }) => at));
    const hours = [
      ...stored.flatMap(({ hour }) => (hour === null ? [] : Number(hour))),
      ...stored.flatMap(({ at }) => (at === null ? [] : Math.floor(Number(at) / HOUR_MS))),
      ...tail.map((at) => Math.floor(at / HOUR_MS)),
    ];
    if (hours.length === 0) return undefined;
    return hours.reduce((least, hour) => Math.min(least, hour), Number.POSITIVE_INFINITY) * HOUR_MS;
  }

  /** In portions, each its own transaction, so that readings that arrive meanwhile wait only shortly. */
  async prune(before: Instant, keep: ReadonlySet<string>): Promise<number> {
    const mayGo = (reading: JournalReading): boolean =>
      reading.at < before &&
      reading.receivedAt < before &&
      reading.table === undefined &&
      !keep.has(readingKey(reading));
    this.#database.transaction(() => this.#sortIn());
    let removed = 0;
    for (const { id } of this.#database.all('SELECT id FROM series')) {
      removed += await this.#pages.prune(Number(id), before, mayGo);
      removed += await this.#pruneRows(Number(id), before, mayGo);
    }
    return removed;
  }

  async #pruneRows(series: number, before: Instant, mayGo: (reading: JournalReading) => boolean): Promise<number> {
    let removed = 0;
    let last: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0];
    for (;;) {
      const rows = this.#database.all(
        `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at < ? AND (at, seq) > (?, ?) ORDER BY at, seq LIMIT ${PORTION}`,
        series,
        before,
        ...last,
      );
      const end = rows.at(-1);
      if (end === undefined) return removed;
      last = [Number(end['at']), Number(end['seq'])];
      const old = rows.filter((row) => mayGo(readingOf(row, this.#series.nameOf(series))));
      this.#database.transaction(() => {
        for (const { seq } of old) this.#database.run('DELETE FROM journal WHERE seq = ?', Number(seq));
      });
      removed += old.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Inside a transaction. */
  #sortIn(): void {
    for (const page of sortedPages(this.#tail.bodies)) this.#pages.add(page);
    this.#receipts.keep();
    this.#tail.clear();
  }

  #rows(sql: string, ...values: (number | string | null)[]): JournalReading[] {
    return this.#database.all(sql, ...values).map((row) => readingOf(row, this.#series.nameOf(Number(row['series']))));
  }
}

/** The promised order; readings that differ in flags or unit alone have a fixed order too. */
function inOrder(readings: JournalReading[]): JournalReading[] {
  for (let index = 1; index < readings.length; index += 1)
    if (compare(readings[index - 1] as JournalReading, readings[index] as JournalReading) > 0)
      return readings.sort(compare);
  return readings;
}

function compare(left: JournalReading, right: JournalReading): number {
  const order = byTime(left, right);
  if (order !== 0) return order;
  const [unit, other] = [left.unit ?? '', right.unit ?? ''];
  return flagsOf(left) - flagsOf(right) || (unit < other ? -1 : unit > other ? 1 : 0);
}
