import type { Instant, JournalReading } from '@dayfold/runtime';
import type { Database } from './database.ts';
import { receiptsBody } from './kept-receipts.ts';
import { packed, unpacked } from './packed-readings.ts';
import { checksumOf, countOf, intact, openColumns } from './reading-columns.ts';
import type { SeriesNumbers } from './series-numbers.ts';

/** Readings gathered before they are sorted into pages: many enough that each of thousands of series has some. */
const MOST_READINGS = 65_536;
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
  #count = 0;
  #version: number | undefined;
  readonly #bySeries = new Map<number, JournalReading[]>();
  /** Bodies that are in `#bySeries`. */
  #read = 0;
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
    return this.#loaded().length >= MOST_COMMITS || this.#count >= MOST_READINGS;
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
  }

  of(series: number): readonly JournalReading[] {
    return this.bySeries().get(series) ?? [];
  }

  /** Everything, by the numbers of the series. */
  bySeries(): ReadonlyMap<number, readonly JournalReading[]> {
    const bodies = this.#loaded();
    for (; this.#read < bodies.length; this.#read += 1) {
      unpacked(
        bodies[this.#read] as Uint8Array,
        (series) => this.#series.nameOf(series),
        (reading, series) => {
          const list = this.#bySeries.get(series);
          if (list === undefined) this.#bySeries.set(series, [reading]);
          else list.push(reading);
        },
      );
    }
    return this.#bySeries;
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

  /** Inside a transaction. */
  clear(): void {
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
    this.#bySeries.clear();
    this.#read = 0;
    this.#arrivals.clear();
    this.#noted = 0;
  }
}
