import type { MirrorResult } from '@dayfold/sdk';
import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import { readingKey } from './journal.ts';
import type { DateRange, Journal, JournalReading, StorageEntry, TimeRange, Touches } from './journal.ts';
import type { MemoryKeyValues } from './memory-problems.ts';
import type { MemoryTouched } from './memory-touched.ts';
import { byTime, isSameReading } from './reading-order.ts';

const HOUR_MS = 3_600_000;
/** Of a reading in memory. */
const ABOUT_BYTES = 100;

/** The journal as a list in the order of arrival; for tests and for what need not outlive the process. */
export class MemoryJournal implements Journal {
  readonly #touched: MemoryTouched;
  readonly #keyValues: MemoryKeyValues;
  readonly #received = new Map<string, Instant>();
  readonly #receipts: { readonly source: string; readonly receipt: number }[] = [];
  #readings: JournalReading[] = [];

  constructor(touched: MemoryTouched, keyValues: MemoryKeyValues) {
    this.#touched = touched;
    this.#keyValues = keyValues;
  }

  async commit(readings: readonly JournalReading[], state: readonly StorageEntry[], touches: Touches): Promise<void> {
    this.#store(readings, touches);
    for (const { source, key, value } of state) this.#keyValues.put(source, key, value);
  }

  async mirror(table: string, rows: AsyncIterable<readonly JournalReading[]>, touches: Touches): Promise<MirrorResult> {
    const staged = new NamedRows();
    for await (const batch of rows) for (const reading of batch) staged.add(reading);
    const stored = new NamedRows();
    for (const reading of this.#readings) if (reading.table === table) stored.add(reading);
    const missing = new Set([...stored.rows].filter(([name]) => !staged.rows.has(name)).map(([, reading]) => reading));
    const added = [...staged.rows].filter(([name, reading]) => {
      const earlier = stored.rows.get(name);
      return earlier === undefined || !isSameReading(earlier, reading);
    });
    const withdrawn = [...missing].flatMap((reading) => [...touches(reading)]);
    this.#store(
      added.map(([, reading]) => reading),
      touches,
    );
    this.#readings = this.#readings.filter((reading) => !missing.has(reading));
    this.#touched.add(withdrawn);
    return { added: added.length, withdrawn: missing.size, unchanged: staged.rows.size - added.length };
  }

  async between(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#undated(series).filter(({ at }) => at >= from && at < to);
  }

  async count(series: string, { first, last }: DateRange, { from, to }: TimeRange): Promise<number> {
    return (await this.dated(series, first, last)).length + (await this.between(series, from, to)).length;
  }

  async overlapping(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#of(series).filter(({ start, at }) => start !== undefined && start < to && at > from);
  }

  async dated(series: string, date: LocalDay, last = date): Promise<readonly JournalReading[]> {
    return this.#of(series).filter(
      (reading) => reading.date !== undefined && reading.date >= date && reading.date <= last,
    );
  }

  async numbers(
    series: string,
    { first, last }: DateRange,
    { from, to }: TimeRange,
  ): Promise<ReadonlyMap<LocalDay, number> | undefined> {
    if ((await this.between(series, from, to)).length + (await this.overlapping(series, from, to)).length > 0)
      return undefined;
    const numbers = new Map<LocalDay, number>();
    for (const { value, date, table, unit, id, retained } of await this.dated(series, first, last)) {
      if (date === undefined || table === undefined || typeof value !== 'number' || numbers.has(date)) return undefined;
      if (unit !== undefined || id !== undefined || retained === true) return undefined;
      numbers.set(date, value);
    }
    return numbers;
  }

  async nextDate(series: string, from: LocalDay, direction: 'earlier' | 'later'): Promise<LocalDay | undefined> {
    const dates = this.#of(series)
      .flatMap(({ date }) => date ?? [])
      .toSorted();
    return direction === 'earlier' ? dates.findLast((date) => date < from) : dates.find((date) => date > from);
  }

  async latestBefore(series: string, before: Instant, limit: number): Promise<readonly JournalReading[]> {
    return this.#undated(series)
      .filter(({ at }) => at < before)
      .toReversed()
      .slice(0, limit);
  }

  async firstFrom(series: string, from: Instant): Promise<JournalReading | undefined> {
    return this.#undated(series).find(({ at }) => at >= from);
  }

  async presence(series: string): Promise<{ readonly hours: readonly Instant[]; readonly dates: readonly LocalDay[] }> {
    const hours = this.#undated(series).map(({ at }) => Math.floor(at / HOUR_MS) * HOUR_MS);
    const dates = this.#of(series).flatMap(({ date }) => date ?? []);
    return { hours: [...new Set(hours)], dates: [...new Set(dates)].toSorted() };
  }

  async receipts(source: string, limit: number): Promise<readonly number[]> {
    return this.#receipts
      .filter((kept) => kept.source === source)
      .map(({ receipt }) => receipt)
      .toReversed()
      .slice(0, limit);
  }

  async series(source: string): Promise<readonly string[]> {
    return [...new Set(this.#readings.map(({ series }) => series))].filter((series) => sourceOf(series) === source);
  }

  async lastReceived(source?: string): Promise<Instant | undefined> {
    if (source !== undefined) return this.#received.get(source);
    return [...this.#received.values()].reduce<Instant | undefined>(
      (latest, at) => Math.max(latest ?? at, at),
      undefined,
    );
  }

  async size(): Promise<number> {
    return this.#readings.length * ABOUT_BYTES;
  }

  async oldest(): Promise<Instant | undefined> {
    const times = this.#readings.flatMap(({ at, table }) => (table === undefined ? at : []));
    const oldest = times.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
    return times.length === 0 ? undefined : Math.floor(oldest / HOUR_MS) * HOUR_MS;
  }

  async prune(before: Instant, keep: ReadonlySet<string>): Promise<number> {
    const held = this.#readings.length;
    this.#readings = this.#readings.filter(
      (reading) =>
        reading.table !== undefined ||
        reading.at >= before ||
        reading.receivedAt >= before ||
        keep.has(readingKey(reading)),
    );
    return held - this.#readings.length;
  }

  /** `touches` may throw: it is asked for everything before anything changes. */
  #store(readings: readonly JournalReading[], touches: Touches): void {
    const named = readings.some(({ id }) => id !== undefined)
      ? this.#readings.filter(({ id }) => id !== undefined)
      : [];
    const known = new Map(named.map((reading) => [nameOf(reading), reading]));
    const added: JournalReading[] = [];
    const replaced = new Set<JournalReading>();
    const touched: DayKey[] = [];
    for (const { receipt: _kept, ...reading } of readings) {
      const earlier = reading.id === undefined ? undefined : known.get(nameOf(reading));
      if (earlier !== undefined) {
        if (isSameReading(earlier, reading)) continue;
        touched.push(...touches(earlier));
        replaced.add(earlier);
      }
      if (reading.id !== undefined) known.set(nameOf(reading), reading);
      added.push(reading);
      touched.push(...touches(reading));
    }
    this.#readings = [...this.#readings, ...added].filter((reading) => !replaced.has(reading));
    this.#touched.add(touched);
    for (const { series, receivedAt, receipt } of readings) {
      const source = sourceOf(series);
      if (receipt !== undefined) this.#receipts.push({ source, receipt });
      this.#received.set(source, Math.max(receivedAt, this.#received.get(source) ?? receivedAt));
    }
  }

  #of(series: string): readonly JournalReading[] {
    return this.#readings.filter((reading) => reading.series === series).toSorted(byTime);
  }

  #undated(series: string): readonly JournalReading[] {
    return this.#of(series).filter(({ date }) => date === undefined);
  }
}

/** The rows of a table by what tells them apart: their id, or their content and how often that came before. */
class NamedRows {
  readonly rows = new Map<string, JournalReading>();
  readonly #counts = new Map<string, number>();

  add(reading: JournalReading): void {
    if (reading.id !== undefined) {
      this.rows.set(nameOf(reading), reading);
      return;
    }
    const { series, at, start, date, value, unit, arrival, retained } = reading;
    const name = JSON.stringify([series, at, start, date, value, unit, arrival, retained]);
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    this.rows.set(`${name}#${count}`, reading);
  }
}

function nameOf({ series, id }: JournalReading): string {
  return JSON.stringify([series, id]);
}

function sourceOf(series: string): string {
  return series.slice(0, series.indexOf('.'));
}
