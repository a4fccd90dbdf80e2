import type { DayKey, LocalDay } from '@dayfold/runtime';
import type { Database } from './database.ts';

/** Marks and lists remembered as fresh; beyond it the memory begins anew, and a mark may be written once more. */
const MOST_FRESH = 10_000;

/** Read at once: as many days as are folded together are in half of it, where they are of a backfill. */
const MOST_MONTHS = 64;

interface Month {
  readonly attribute: string;
  /** `YYYY-MM` */
  readonly month: string;
  /** Undefined before it is written. */
  mark: number | undefined;
  /** A bit for each day. */
  days: number;
}

/**
 * Which attribute-days are due for folding, a row for the days of a month: years of a table are not a row for each day.
 * A day that is marked and not read since is not marked again, so that a busy day costs one row and not one for each
 * reading; one that was read since goes into a new row, with a higher mark.
 */
export class TouchedMarks {
  readonly #database: Database;
  readonly #fresh = new Map<string, Month>();
  /** Lists of which every day is fresh: most readings touch the very list that the one before them touched. */
  readonly #freshLists = new Set<Iterable<DayKey>>();
  readonly #unwritten = new Set<Month>();
  #latest: Iterable<DayKey> | undefined;
  #mark: number;

  constructor(database: Database) {
    this.#database = database;
    // What is in memory is then not on disk.
    database.onRollback(() => {
      this.#forget();
      this.#unwritten.clear();
    });
    this.#mark = Number(database.get('SELECT coalesce(max(mark), 0) AS mark FROM touched')?.['mark']);
  }

  /** Inside a transaction, before the end of which they are to be written. */
  add(days: Iterable<DayKey>): void {
    if (days === this.#latest || this.#freshLists.has(days)) return;
    this.addOnce(days);
    this.#freshLists.add(days);
    this.#latest = days;
  }

  /** As `add`, for a list that does not come again: it is not held. */
  addOnce(days: Iterable<DayKey>): void {
    if (this.#fresh.size >= MOST_FRESH || this.#freshLists.size >= MOST_FRESH) this.#forget();
    for (const day of days) this.#addOne(day);
  }

  /** Days of an attribute that were added together are due together: so they are read and settled with less work. */
  write(): void {
    for (const months of Map.groupBy(this.#unwritten, ({ attribute }) => attribute).values()) {
      for (const month of months) {
        month.mark ??= this.#mark += 1;
        this.#database.run(
          'INSERT OR REPLACE INTO touched VALUES (?, ?, ?, ?)',
          month.attribute,
          month.month,
          month.mark,
          month.days,
        );
      }
    }
    this.#unwritten.clear();
  }

  /** Those marked first; each once, with its latest mark. */
  read(limit: number): (DayKey & { readonly mark: number })[] {
    // Whoever reads now works with today's readings: a later touch must be seen as new.
    this.#forget();
    const due = new Map<string, DayKey & { readonly mark: number }>();
    let last = 0;
    while (due.size < limit) {
      const rows = this.#database.all('SELECT * FROM touched WHERE mark > ? ORDER BY mark LIMIT ?', last, MOST_MONTHS);
      for (const row of rows) {
        const { attribute, month, mark, days } = row as unknown as Month & { readonly mark: number };
        last = mark;
        for (let day = 1; bitOf(day) <= days; day += 1) {
          if ((days & bitOf(day)) === 0) continue;
          const date = `${month}-${String(day).padStart(2, '0')}` as LocalDay;
          const key = `${date} ${attribute}`;
          if (due.size < limit || due.has(key)) due.set(key, { attribute, date, mark });
        }
        if (due.size >= limit) break;
      }
      if (rows.length < MOST_MONTHS) break;
    }
    return [...due.values()];
  }

  /** Of days as they were read; inside a transaction. */
  remove(days: Iterable<DayKey & { readonly mark: number }>): void {
    const months = new Map<string, Month & { readonly mark: number }>();
    for (const { attribute, date, mark } of days) {
      const [month, bit] = placeOf(date);
      const key = `${month} ${mark} ${attribute}`;
      const known = months.get(key);
      if (known === undefined) months.set(key, { attribute, month, mark, days: bit });
      else known.days |= bit;
    }
    for (const { attribute, month, mark, days: done } of months.values()) {
      this.#database.run(
        'UPDATE touched SET days = days & ~?4 WHERE attribute = ?1 AND month = ?2 AND mark <= ?3',
        attribute,
        month,
        mark,
        done,
      );
      this.#database.run('DELETE FROM touched WHERE attribute = ? AND month = ? AND days = 0', attribute, month);
    }
  }

  #addOne({ attribute, date }: DayKey): void {
    const [month, bit] = placeOf(date);
    const key = `${month} ${attribute}`;
    let known = this.#fresh.get(key);
    if (known === undefined) this.#fresh.set(key, (known = { attribute, month, mark: undefined, days: 0 }));
    if ((known.days & bit) !== 0) return;
    known.days |= bit;
    this.#unwritten.add(known);
  }

  #forget(): void {
    this.#fresh.clear();
    this.#freshLists.clear();
    this.#latest = undefined;
  }
}

function placeOf(date: LocalDay): readonly [month: string, bit: number] {
  return [date.slice(0, 7), bitOf(Number(date.slice(8)))];
}

/** Of a day of the month, from 1. */
function bitOf(day: number): number {
  return 2 ** (day - 1);
}
