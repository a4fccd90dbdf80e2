import type { Instant, JournalReading } from '@dayfold/runtime';
import { packed } from '../bodies/packed-readings.ts';
import { countOf, damaged, openColumns } from '../bodies/reading-columns.ts';
import type { Database } from '../database.ts';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';
import { receiptsBody } from './receipt-pairs.ts';
import type { TailFile } from './tail-file.ts';
import { TailReadings } from './tail-readings.ts';
import type { TailContents, TailRecord } from './tail-records.ts';
import { editionOf, newEdition, putRow, rowsIn } from './tail-rows.ts';

/** Readings gathered before they are sorted into pages, where so many for each series are fewer. */
const LEAST_READINGS = 65_536;
/** What a page costs is spread over so many readings; and each page changes one more of the file, in its index. */
const READINGS_A_SERIES = 32;
const MOST_READINGS = 262_144;
/** What more than the least may take in memory: numbers of the most take less, texts can take far more. */
const MOST_BYTES = 8 * 1024 * 1024;
/** Each is read by itself at a start: a quiet home has few readings in it. */
const MOST_COMMITS = 8192;

const NOTHING_IN_FILE: TailContents = { records: [], end: 0, isDamaged: false };

/**
 * The plain readings committed last, in the order of their arrival: one record a commit, whatever their series, since that is
 * what a disk takes fastest. Where they are all that is committed the record goes to a file, else to a row of the same
 * transaction. A copy is kept in memory, packed; it is read by series once somebody asks for one.
 */
export class JournalTail {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #file: TailFile | undefined;
  #bodies: Uint8Array[] | undefined;
  #readings = new TailReadings([]);
  #count = 0;
  #bytes = 0;
  #seq = 0;
  #limit = LEAST_READINGS;
  #version: string | undefined;
  /**
   * The log may hold what was undone, with its end, where the disk failed at the last moment: only another transaction writes
   * over it, and until then a start may find the next edition in it.
   */
  #isUndone = false;
  readonly #arrivals = new Map<string, Instant>();
  /** Bodies whose readings are in `#arrivals`. */
  #noted = 0;

  /** Without a file all records are rows. */
  constructor(database: Database, series: SeriesNumbers, file: TailFile | undefined) {
    this.#database = database;
    this.#series = series;
    this.#file = file;
    database.onRollback(() => {
      this.#bodies = undefined;
      this.#isUndone = true;
    });
  }

  /** It is time to sort what it holds into pages. */
  get isFull(): boolean {
    const commits = this.#loaded().length;
    const limit = this.#bytes >= MOST_BYTES ? LEAST_READINGS : this.#limit;
    return commits >= MOST_COMMITS || this.#count >= limit || this.#file?.isInDoubt === true;
  }

  /** The portions in which it holds them, packed. */
  get bodies(): readonly Uint8Array[] {
    return this.#loaded();
  }

  /** Can take a commit by itself. */
  get hasFile(): boolean {
    return this.#file?.isClosed === false && !this.#isUndone && !this.#database.isReadOnly;
  }

  /** Inside a transaction. `receipts` are pairs of series and receipt of all readings of the commit. */
  append(readings: readonly JournalReading[], series: ArrayLike<number>, receipts: readonly number[]): void {
    const record = this.#recordOf(readings, series, receipts);
    putRow(this.#database, record);
    this.#isUndone = false;
    this.#take(record);
  }

  /** As `append`, without a transaction: durable once it returns. */
  appendToFile(readings: readonly JournalReading[], series: ArrayLike<number>, receipts: readonly number[]): void {
    const record = this.#recordOf(readings, series, receipts);
    this.#file?.append(record);
    this.#take(record);
  }

  /** Pairs of series and receipt of each commit that has any, the latest commit first. */
  receipts(): Uint8Array[] {
    return this.#stored()
      .toSorted((left, right) => right.seq - left.seq)
      .flatMap(({ receipts }) => receipts ?? []);
  }

  /** Of the file. */
  get fileBytes(): number {
    this.#loaded();
    return this.#file?.bytes ?? 0;
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
    this.#file?.beginAnew(newEdition(this.#database));
    this.#begin([]);
  }

  #recordOf(readings: readonly JournalReading[], series: ArrayLike<number>, receipts: readonly number[]): TailRecord {
    this.#loaded();
    return { seq: this.#seq + 1, body: packed(readings, series), receipts: receiptsBody(receipts) };
  }

  #take({ seq, body }: TailRecord): void {
    this.#bodies?.push(body);
    this.#count += countOf(body);
    this.#bytes += body.length;
    this.#seq = seq;
  }

  #loaded(): Uint8Array[] {
    // Beside a running daemon what was read may be old.
    const version = this.#database.isReadOnly ? `${this.#database.version()} ${this.#file?.version()}` : undefined;
    if (this.#bodies === undefined || version !== this.#version) {
      this.#version = version;
      this.#begin(this.#stored().toSorted((left, right) => left.seq - right.seq));
    }
    return this.#bodies as Uint8Array[];
  }

  /** In no order. */
  #stored(): TailRecord[] {
    const { rows, inFile } = this.#database.ofOneMoment(() => ({
      rows: rowsIn(this.#database),
      inFile: this.#file?.read(editionOf(this.#database)) ?? NOTHING_IN_FILE,
    }));
    if (!this.#database.isReadOnly) {
      // Beside a daemon one that grows may look so.
      if (inFile.isDamaged) {
        this.#database.noteDamage();
        throw damaged();
      }
      this.#file?.sync();
    }
    return [...rows, ...inFile.records];
  }

  #begin(records: readonly Pick<TailRecord, 'seq' | 'body'>[]): void {
    const bodies = records.map(({ body }) => body);
    this.#bodies = bodies;
    this.#count = bodies.reduce((sum, body) => sum + countOf(body), 0);
    this.#bytes = bodies.reduce((sum, body) => sum + body.length, 0);
    this.#seq = records.at(-1)?.seq ?? 0;
    this.#readings = new TailReadings(bodies);
    this.#arrivals.clear();
    this.#noted = 0;
  }
}
