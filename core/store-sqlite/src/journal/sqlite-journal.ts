import { readingKey, StoreUnusable } from '@dayfold/runtime';
import type {
  DateRange,
  Instant,
  Journal,
  JournalReading,
  LocalDay,
  StorageEntry,
  TimeRange,
  Touches,
} from '@dayfold/runtime';
import type { MirrorResult } from '@dayfold/sdk';
import { inOrder } from '../bodies/in-order.ts';
import { ReadingRows } from '../bodies/reading-rows.ts';
import { sortedPages } from '../bodies/sorted-pages.ts';
import type { Database } from '../database.ts';
import type { TouchedMarks } from '../days/touched-marks.ts';
import { SeriesNumbers } from '../numbers/series-numbers.ts';
import { TableNumbers } from '../numbers/table-numbers.ts';
import { DatedPages } from '../tables/dated-pages.ts';
import { TableMirror } from '../tables/table-mirror.ts';
import { ArrivalTimes } from '../tail/arrival-times.ts';
import { JournalTail } from '../tail/journal-tail.ts';
import { KeptReceipts } from '../tail/kept-receipts.ts';
import type { TailFile } from '../tail/tail-file.ts';
import { JournalPages } from './journal-pages.ts';
import { JournalRows } from './journal-rows.ts';
import { ReadingWriter } from './reading-writer.ts';

const HOUR_MS = 3_600_000;

/**
 * The journal in four places. Plain readings, which are nearly all, are appended to the *tail*, one record a commit; when many
 * have gathered they are sorted into *pages* by series and hour, in one transaction. Dated readings of tables stand in *dated
 * pages* by series and stretch of dates, unless they are very many there. Other readings that something can ask for by more
 * than their time (an id, a date, a span, a table) are *rows* with an index for each of these.
 */
export class SqliteJournal implements Journal {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #tail: JournalTail;
  readonly #pages: JournalPages;
  readonly #rows: JournalRows;
  readonly #dated: DatedPages;
  readonly #receipts: KeptReceipts;
  readonly #arrivals: ArrivalTimes;
  readonly #writer: ReadingWriter;
  readonly #mirror: TableMirror;

  /** Without a file the tail is in the database too. */
  constructor(database: Database, touched: TouchedMarks, tailFile?: TailFile) {
    this.#database = database;
    this.#series = new SeriesNumbers(database);
    this.#tail = new JournalTail(database, this.#series, tailFile);
    this.#pages = new JournalPages(database, this.#series);
    const tables = new TableNumbers(database);
    const rows = new ReadingRows(this.#series, tables);
    this.#rows = new JournalRows(database, rows);
    this.#dated = new DatedPages(database, this.#series, tables);
    this.#receipts = new KeptReceipts(database, this.#series, this.#tail);
    this.#arrivals = new ArrivalTimes(database, this.#tail);
    this.#writer = new ReadingWriter(database, this.#series, rows, this.#tail, this.#arrivals, touched);
    this.#mirror = new TableMirror(database, this.#series, tables, rows, this.#dated, this.#arrivals, touched);
  }

  async commit(readings: readonly JournalReading[], state: readonly StorageEntry[], touches: Touches): Promise<void> {
    if (state.length === 0 && !this.#tail.isFull && this.#writer.appendToFile(readings, touches)) return;
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
    return this.#database.ofOneMoment(() =>
      inOrder([
        ...this.#pages.between(id, from, to),
        ...this.#rows.between(id, from, to),
        ...this.#tail.of(id).filter(({ at }) => at >= from && at < to),
      ]),
    );
  }

  async count(series: string, dates: DateRange, around: TimeRange): Promise<number> {
    const id = this.#series.knownId(series);
    return this.#database.ofOneMoment(
      () =>
        this.#pages.count(id, around.from, around.to) +
        this.#rows.count(id, dates, around) +
        this.#dated.count(id, dates) +
        this.#tail.of(id).length,
    );
  }

  async overlapping(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return inOrder(this.#rows.overlapping(this.#series.knownId(series), from, to));
  }

  async dated(series: string, date: LocalDay, last = date): Promise<readonly JournalReading[]> {
    const id = this.#series.knownId(series);
    return inOrder([...this.#dated.dated(id, date, last), ...this.#rows.dated(id, date, last)]);
  }

  async numbers(
    series: string,
    { first, last }: DateRange,
    { from, to }: TimeRange,
  ): Promise<ReadonlyMap<LocalDay, number> | undefined> {
    const id = this.#series.knownId(series);
    return this.#database.ofOneMoment(() => {
      if (this.#rows.hasAny(id, { first, last }, { from, to }) || this.#pages.count(id, from, to) > 0) return undefined;
      if (this.#tail.of(id).some(({ at }) => at >= from && at < to)) return undefined;
      return this.#dated.numbers(id, first, last);
    });
  }

  async nextDate(series: string, from: LocalDay, direction: 'earlier' | 'later'): Promise<LocalDay | undefined> {
    const id = this.#series.knownId(series);
    const [inRow, inPage] = [this.#rows.nextDate(id, from, direction), this.#dated.nextDate(id, from, direction)];
    if (inRow === undefined || inPage === undefined) return inRow ?? inPage;
    return inRow < inPage === (direction === 'later') ? inRow : inPage;
  }

  async latestBefore(series: string, before: Instant, limit: number): Promise<readonly JournalReading[]> {
    const id = this.#series.knownId(series);
    return this.#database
      .ofOneMoment(() =>
        inOrder([
          ...this.#pages.before(id, before, limit),
          ...this.#rows.before(id, before, limit),
          ...this.#tail.of(id).filter(({ at }) => at < before),
        ]),
      )
      .toReversed()
      .slice(0, limit);
  }

  async firstFrom(series: string, from: Instant): Promise<JournalReading | undefined> {
    const id = this.#series.knownId(series);
    return this.#database.ofOneMoment(() =>
      inOrder([
        ...this.#pages.from(id, from),
        ...this.#rows.from(id, from),
        ...this.#tail.of(id).filter(({ at }) => at >= from),
      ]),
    )[0];
  }

  async presence(series: string): Promise<{ readonly hours: readonly Instant[]; readonly dates: readonly LocalDay[] }> {
    const id = this.#series.knownId(series);
    const hours = this.#database.ofOneMoment(
      () =>
        new Set([
          ...this.#pages.hours(id),
          ...this.#rows.hours(id),
          ...this.#tail.of(id).map(({ at }) => Math.floor(at / HOUR_MS) * HOUR_MS),
        ]),
    );
    const dates = [...new Set([...this.#rows.dates(id), ...this.#dated.dates(id)])].toSorted();
    return { hours: [...hours].toSorted((left, right) => left - right), dates };
  }

  async receipts(source: string, limit: number): Promise<readonly number[]> {
    return this.#receipts.latest(source, limit);
  }

  async series(source: string): Promise<readonly string[]> {
    return this.#database
      .all(
        `SELECT id, name, EXISTS (SELECT 1 FROM journal_page WHERE journal_page.series = series.id)
           OR EXISTS (SELECT 1 FROM journal WHERE journal.series = series.id AND date IS NULL)
           OR EXISTS (SELECT 1 FROM journal WHERE journal.series = series.id AND date IS NOT NULL)
           OR EXISTS (SELECT 1 FROM dated_page WHERE dated_page.series = series.id) AS stored
         FROM series WHERE source = ?`,
        source,
      )
      .filter(({ id, stored }) => stored === 1 || this.#tail.has(Number(id)))
      .map(({ name }) => name as string);
  }

  async lastReceived(source?: string): Promise<Instant | undefined> {
    return this.#arrivals.latest(source);
  }

  async size(): Promise<number> {
    return this.#database.usedBytes() + this.#tail.fileBytes;
  }

  async oldest(): Promise<Instant | undefined> {
    const stored = this.#database.all(
      `SELECT (SELECT min(hour) FROM journal_page WHERE journal_page.series = series.id) AS hour,
         (SELECT min(at) FROM journal WHERE journal.series = series.id AND date IS NULL AND origin IS NULL) AS at,
         (SELECT min(date) FROM journal WHERE journal.series = series.id AND date IS NOT NULL AND origin IS NULL) AS date
       FROM series`,
    );
    const inTail = this.#tail.oldest();
    const hours = [
      ...stored.flatMap(({ hour }) => (hour === null ? [] : Number(hour))),
      ...stored.flatMap(({ at }) => (at === null ? [] : Math.floor(Number(at) / HOUR_MS))),
      ...stored.flatMap(({ date }) => (date === null ? [] : Date.parse(date as string) / HOUR_MS)),
      ...(inTail === undefined ? [] : [Math.floor(inTail / HOUR_MS)]),
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
      removed += await this.#rows.prune(Number(id), before, mayGo);
    }
    return removed;
  }

  /** What the tail's file holds goes into the database, which is whole without it then. Where that cannot be it stays. */
  close(): void {
    try {
      if (this.#tail.fileBytes > 0) this.#database.transaction(() => this.#sortIn());
    } catch (error) {
      if (!(error instanceof StoreUnusable)) throw error;
    }
  }

  /** Inside a transaction. */
  #sortIn(): void {
    const series = this.#pages.add(sortedPages(this.#tail.bodies));
    this.#receipts.keep();
    this.#arrivals.keep(this.#tail.arrivals());
    this.#tail.clear(series);
  }
}
