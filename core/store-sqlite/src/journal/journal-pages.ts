import type { Instant, JournalReading } from '@dayfold/runtime';
import { packed, unpacked } from '../bodies/packed-readings.ts';
import { checksumOf, intact } from '../bodies/reading-columns.ts';
import { asPacked } from '../bodies/small-bodies.ts';
import { hourOf, sortedPages } from '../bodies/sorted-pages.ts';
import type { Page } from '../bodies/sorted-pages.ts';
import type { Database } from '../database.ts';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';

const HOUR_MS = 3_600_000;

/**
 * Plain readings by series and UTC hour, many in a row, in few bytes: what folding asks for stands together, and no index grows
 * with each. Rows lie in the order of their writing: sorted themselves, those of ten thousand series would each change a page
 * of the file.
 */
export class JournalPages {
  readonly #database: Database;
  readonly #series: SeriesNumbers;

  constructor(database: Database, series: SeriesNumbers) {
    this.#database = database;
    this.#series = series;
  }

  /** Inside a transaction; the pages of a series behind each other. Returns how many series they are of. */
  add(pages: Iterable<Page>): number {
    let found = 0;
    let latest: number | undefined;
    const rows = function* (): Generator<(number | Uint8Array)[]> {
      for (const { series, hour, count, body } of pages) {
        if (series !== latest) found += 1;
        latest = series;
        yield [series, hour, count, checksumOf(body), body];
      }
    };
    this.#database.insert('journal_page (series, hour, count, checksum, body)', rows());
    return found;
  }

  between(series: number, from: Instant, to: Instant): JournalReading[] {
    const found: JournalReading[] = [];
    const rows = this.#database.all(
      'SELECT checksum, body FROM journal_page WHERE series = ? AND hour BETWEEN ? AND ? ORDER BY hour, seq',
      series,
      hourOf(from),
      hourOf(to),
    );
    for (const row of rows) this.#take(row, series, (reading) => found.push(reading), from, to);
    return found;
  }

  /** Of whole hours; no body is read. */
  count(series: number, from: Instant, to: Instant): number {
    const row = this.#database.get(
      'SELECT coalesce(sum(count), 0) AS count FROM journal_page WHERE series = ? AND hour BETWEEN ? AND ?',
      series,
      hourOf(from),
      hourOf(to),
    );
    return Number(row?.['count']);
  }

  /** At least `limit` of those before, in no order, unless there are fewer: all of the hours looked at. */
  before(series: number, before: Instant, limit: number): JournalReading[] {
    return this.#hourly(series, 'SELECT max(hour) AS hour FROM journal_page WHERE series = ? AND hour <= ?', {
      start: hourOf(before),
      step: -1,
      from: Number.NEGATIVE_INFINITY,
      to: before,
      limit,
    });
  }

  /** Those of the first hour that has any from then on, in no order. */
  from(series: number, from: Instant): JournalReading[] {
    return this.#hourly(series, 'SELECT min(hour) AS hour FROM journal_page WHERE series = ? AND hour >= ?', {
      start: hourOf(from),
      step: 1,
      from,
      to: Number.POSITIVE_INFINITY,
      limit: 1,
    });
  }

  hours(series: number): Instant[] {
    return this.#database
      .all('SELECT DISTINCT hour FROM journal_page WHERE series = ? ORDER BY hour', series)
      .map(({ hour }) => Number(hour) * HOUR_MS);
  }

  /** Takes away what may go of the pages that begin before then. Each page is a transaction of its own. */
  async prune(series: number, before: Instant, mayGo: (reading: JournalReading) => boolean): Promise<number> {
    let removed = 0;
    let last: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0];
    for (;;) {
      const row = this.#database.get(
        'SELECT hour, seq, checksum, body FROM journal_page WHERE series = ? AND hour <= ? AND (hour, seq) > (?, ?) ORDER BY hour, seq LIMIT 1',
        series,
        hourOf(before),
        ...last,
      );
      if (row === undefined) return removed;
      const [hour, seq] = [Number(row['hour']), Number(row['seq'])];
      last = [hour, seq];
      const all: JournalReading[] = [];
      this.#take(row, series, (reading) => all.push(reading));
      const kept = all.filter((reading) => !mayGo(reading));
      removed += all.length - kept.length;
      if (kept.length === all.length) continue;
      this.#database.transaction(() => {
        this.#database.run('DELETE FROM journal_page WHERE seq = ?', seq);
        this.add(sortedPages([packed(kept, Array<number>(kept.length).fill(series))]));
      });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #hourly(
    series: number,
    nextHour: string,
    { start, step, from, to, limit }: { start: number; step: 1 | -1; from: Instant; to: Instant; limit: number },
  ): JournalReading[] {
    const found: JournalReading[] = [];
    for (let hour = start; found.length < limit; hour += step) {
      const next = this.#database.get(nextHour, series, hour)?.['hour'];
      if (next === null || next === undefined) break;
      hour = Number(next);
      const rows = this.#database.all(
        'SELECT checksum, body FROM journal_page WHERE series = ? AND hour = ?',
        series,
        hour,
      );
      for (const row of rows) this.#take(row, series, (reading) => found.push(reading), from, to);
    }
    return found;
  }

  #take(
    row: Record<string, unknown>,
    series: number,
    take: (reading: JournalReading) => void,
    from?: Instant,
    to?: Instant,
  ): void {
    unpacked(asPacked(intact(row['body'], row['checksum'])), () => this.#series.nameOf(series), take, from, to);
  }
}
