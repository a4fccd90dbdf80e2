import type { JsonValue, MirrorResult, Value } from '@dayfold/sdk';
import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import { token } from '../kernel/token.ts';

/** A reading as it is kept: checked, placed in time, under its full series name. */
export interface JournalReading {
  /** `source.series` */
  readonly series: string;
  readonly value: Value;
  /** The time, or the end of a span, or UTC midnight of `date`. */
  readonly at: Instant;
  readonly start?: Instant;
  readonly date?: LocalDay;
  /** `at` is the time of arrival: equal readings are still two. */
  readonly arrival?: boolean;
  readonly retained?: boolean;
  readonly unit?: string;
  /** Unique in its series. */
  readonly id?: string;
  readonly receipt?: number;
  /** The mirrored table it stands in, `source/table`. */
  readonly table?: string;
  readonly receivedAt: Instant;
}

/** A key of a plugin's storage, set together with readings. */
export interface StorageEntry {
  readonly source: string;
  readonly key: string;
  readonly value: JsonValue;
}

/** Where a reading stands. */
export type ReadingPlace = Pick<JournalReading, 'series' | 'at' | 'start' | 'date'>;

/**
 * The attribute-days that a reading may change, by where it stands. Those of a dated reading are of its own date, and of the
 * same attributes whatever the date.
 */
export type Touches = (reading: ReadingPlace) => Iterable<DayKey>;

/** Both are included. */
export interface DateRange {
  readonly first: LocalDay;
  readonly last: LocalDay;
}

/** from <= at < to. */
export interface TimeRange {
  readonly from: Instant;
  readonly to: Instant;
}

/** Readings in the order of (at, start, value, id), whatever the order of arrival. */
export interface Journal {
  /**
   * All or nothing; durable against power loss once resolved. A reading whose series and id are known replaces the
   * earlier one. The attribute-days of stored and of replaced readings are marked as touched with it, or before.
   */
  commit(readings: readonly JournalReading[], state: readonly StorageEntry[], touches: Touches): Promise<void>;

  /**
   * Makes the readings of a table exactly these, in one transaction at the end. All rows carry the table. Those without an id
   * are told apart by content: of equal ones as many are stored as come. Dated rows may be kept with the time of arrival of
   * others that came with them.
   */
  mirror(table: string, rows: AsyncIterable<readonly JournalReading[]>, touches: Touches): Promise<MirrorResult>;

  /** from <= at < to; without dated readings. */
  between(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]>;

  /** At least as many as `dated` and `between` give together: told soon, so that whole hours may be counted. */
  count(series: string, dates: DateRange, around: TimeRange): Promise<number>;

  /** Spans that begin before `to` and end after `from`. */
  overlapping(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]>;

  /** Those of a date, or of all dates up to `last`, which is included. */
  dated(series: string, date: LocalDay, last?: LocalDay): Promise<readonly JournalReading[]>;

  /**
   * What a table says of these dates, both included, where that is a number and nothing more, once a date at the most.
   * Undefined where the series has anything else there, undated readings with from <= at < to and spans that overlap among it;
   * it may be undefined in spite of that, and is then to be read.
   */
  numbers(series: string, dates: DateRange, around: TimeRange): Promise<ReadonlyMap<LocalDay, number> | undefined>;

  /** The nearest other date that has dated readings. */
  nextDate(series: string, from: LocalDay, direction: 'earlier' | 'later'): Promise<LocalDay | undefined>;

  /** Newest first, at < before; without dated readings. */
  latestBefore(series: string, before: Instant, limit: number): Promise<readonly JournalReading[]>;

  /** The earliest with at >= from; without dated readings. */
  firstFrom(series: string, from: Instant): Promise<JournalReading | undefined>;

  /** Instants of the series' undated readings, one for each UTC hour that has any, and its dates. */
  presence(series: string): Promise<{ readonly hours: readonly Instant[]; readonly dates: readonly LocalDay[] }>;

  /** Of the source's readings stored last, newest first; thousands, but not all. They come back with no reading. */
  receipts(source: string, limit: number): Promise<readonly number[]>;

  /** The source's series that have readings, by their full names. */
  series(source: string): Promise<readonly string[]>;

  /** When the latest reading was stored, of all or of one source. */
  lastReceived(source?: string): Promise<Instant | undefined>;

  /** Bytes in use on the disk, with what shares the store; what was removed no longer counts. */
  size(): Promise<number>;

  /** Of the oldest reading outside tables, to the hour. */
  oldest(): Promise<Instant | undefined>;

  /** Removes readings outside tables that are older than `before` by time and by arrival, except those kept. Returns how many. */
  prune(before: Instant, keep: ReadonlySet<string>): Promise<number>;
}
export const Journal = token<Journal>('Journal');

/** Names a reading in `prune`'s exceptions. */
export function readingKey(reading: Pick<JournalReading, 'series' | 'at'>): string {
  return `${reading.series}@${reading.at}`;
}
