import type { Instant, JournalReading } from '@dayfold/runtime';
import type { Database } from './database.ts';
import { receiptsBody } from './kept-receipts.ts';
import { packed } from './packed-readings.ts';
import { checksumOf, countOf, intact, openColumns } from './reading-columns.ts';
import type { SeriesNumbers } from './series-numbers.ts';
import { TailReadings } from './tail-readings.ts';

/** Readings gathered before they are sorted into pages, where so many for each series are fewer. */
const LEAST_READINGS = 65_536;
/** What a page costs is spread over so many readings; and each page changes one more of the file, in its index. */
const READINGS_A_SERIES = 32;
const MOST_READINGS = 262_144;
/** What more than the least may take in memory: numbers of the most take less, texts can take far more. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Rows, which are read back one by one at a start: a quiet home has few readings in each. */
const MOST_COMMITS = 8192;

/**
 * The plain readings committed last, in the order of their arrival: one row a commit, whatever their series, since that is
 * what a disk takes fastest. A copy is kept in memory, packed; it is read by series once somebody asks for one.
 */
export class JournalTail {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  #bodies: Uint8Array[] | undefined;
  #readings = new TailReadings([]);
  #count = 0;
  #bytes = 0;
  #limit = LEAST_READINGS;
  #version: number | undefined;
  readonly #arrivals = new Map<string, Instant>();
  /** Bodies whose readings are in `#arrivals`. */
  #noted = 0;

  constructor(database: Database, series: SeriesNumbers) {
    this.#database = database;
    this.#series = series;
    database.onRollback(() => (this.#bodies = undefined));
  }

  /** It is time to sort what it holds into pages. */
  get isFull(): boolean {
    const commits = this.#loaded().length;
    const limit = this.#bytes >= MOST_BYTES ? LEAST_READINGS : this.#limit;
    return commits >= MOST_COMMITS || this.#count >= limit;
  }

  /** The portions in which it holds them, packed. */
  get bodies(): readonly Uint8Array[] {
    return this.#loaded();
  }

  /** Inside a transaction. `receipts` are pairs of series and receipt of all readings of the commit. */
  append(readings: readonly JournalReading[], series: ArrayLike<number>, receipts: readonly number[]): void {
    const bodies = this.#loaded();
    const body = packed(readings, series);
    this.#database.run(
      'INSERT INTO journal_tail (checksum, body, receipts) VALUES (?, ?, ?)',
      checksumOf(body),
      body,
      receiptsBody(receipts),
    );
    bodies.push(body);
    this.#count += readings.length;
    this.#bytes += body.length;
  }

  has(series: number): boolean {
    this.#loaded();
    return this.#readings.has(series);
  }

  of(series: number): readonly JournalReading[] {
    this.#loaded();
    return this.#readings.has(series) ? this.#readings.of(series, this.#series.nameOf(series)) : [];
  }

  /** Time of the oldest reading. */
  oldest(): Instant | undefined {
    this.#loaded();
    return this.#readings.oldest();
  }

  /** When the latest reading of each source came. */
  arrivals(): ReadonlyMap<string, Instant> {
    const bodies = this.#loaded();
    for (; this.#noted < bodies.length; this.#noted += 1) {
      const { count, columns } = openColumns(bodies[this.#noted] as Uint8Array);
      const received = columns.received ?? columns.at;
      for (let index = 0; index < count; index += 1) {
        const source = this.#series.sourceOf(columns.series?.[index] ?? -1);
        const at = received[index] as Instant;
        if (at > (this.#arrivals.get(source) ?? Number.NEGATIVE_INFINITY)) this.#arrivals.set(source, at);
      }
    }
    return this.#arrivals;
  }

  /** Inside a transaction. `series` is how many there were in it: with thousands of them it is sorted less often. */
  clear(series: number): void {
    this.#limit = Math.min(MOST_READINGS, Math.max(LEAST_READINGS, series * READINGS_A_SERIES));
    this.#database.run('DELETE FROM journal_tail');
    this.#begin([]);
  }

  #loaded(): Uint8Array[] {
    // Beside a running daemon what was read may be old.
    const version = this.#database.isReadOnly ? this.#database.version() : undefined;
    if (this.#bodies === undefined || version !== this.#version) {
      this.#version = version;
      const rows = this.#database.all('SELECT checksum, body FROM journal_tail ORDER BY seq');
      this.#begin(rows.map(({ checksum, body }) => intact(body, checksum)));
    }
    return this.#bodies as Uint8Array[];
  }

  #begin(bodies: Uint8Array[]): void {
    this.#bodies = bodies;
    this.#count = bodies.reduce((sum, body) => sum + countOf(body), 0);
    this.#bytes = bodies.reduce((sum, body) => sum + body.length, 0);
    this.#readings = new TailReadings(bodies);
    this.#arrivals.clear();
    this.#noted = 0;
  }
}
