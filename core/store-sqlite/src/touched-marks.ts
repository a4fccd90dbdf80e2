import type { DayKey, LocalDay } from '@dayfold/runtime';
import type { Database } from './database.ts';
import { dateAt } from './dates.ts';

/** Marks and lists remembered as fresh; beyond it the memory begins anew, and a mark may be written once more. */
const MOST_FRESH = 10_000;

/** Read at once: of a backfill somewhat more than the days that are folded together. */
const MOST_MONTHS = 320;

const LONGEST_MONTH = 31;
const DAY_MS = 24 * 3_600_000;
const ZERO = '0'.charCodeAt(0);

interface Month {
  readonly attribute: string;
  /** `YYYY-MM` */
  readonly month: string;
  /** Undefined before it is written. */
  mark: number | undefined;
  /** A bit for each day. */
  days: number;
}

type MarkedMonth = Month & { readonly mark: number };
type TouchedDay = DayKey & { readonly mark: number };

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
  /** The one of `#fresh` that was marked last. */
  #month: Month | undefined;
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

  /** Each of these is marked, and on the disk. */
  has(days: Iterable<DayKey>): boolean {
    if (days === this.#latest || this.#freshLists.has(days)) return true;
    for (const { attribute, date } of days) {
      const known = this.#fresh.get(keyOf(attribute, monthOf(date)));
      if (known === undefined || (known.days & bitOf(dayIn(date))) === 0) return false;
    }
    if (this.#freshLists.size < MOST_FRESH) this.#freshLists.add(days);
    return true;
  }

  /** As `add`, for a list that does not come again: it is not held. */
  addOnce(days: Iterable<DayKey>): void {
    this.#forgetMany();
    for (const { attribute, date } of days) this.#addOne(attribute, date);
  }

  /** As `addOnce`, of one attribute. */
  addDates(attribute: string, dates: Iterable<LocalDay>): void {
    this.#forgetMany();
    for (const date of dates) this.#addOne(attribute, date);
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
  read(limit: number): TouchedDay[] {
    // Whoever reads now works with today's readings: a later touch must be seen as new.
    this.#forget();
    const due: TouchedDay[] = [];
    /** Where each day of a month stands in the list, for months with several marks. */
    const places = new Map<string, number[]>();
    let last = 0;
    for (;;) {
      const months = this.#database.all(
        'SELECT * FROM touched WHERE mark > ? ORDER BY mark LIMIT ?',
        last,
        MOST_MONTHS,
      ) as unknown as MarkedMonth[];
      for (const month of months) {
        last = month.mark;
        const key = keyOf(month.attribute, month.month);
        let place = places.get(key);
        if (place === undefined) places.set(key, (place = []));
        addDue(due, month, place, limit);
        if (due.length >= limit) return due;
      }
      if (months.length < MOST_MONTHS) return due;
    }
  }

  /** Of days as they were read; inside a transaction. */
  remove(days: Iterable<TouchedDay>): void {
    // Each mark is that of one month of an attribute.
    const months = new Map<number, MarkedMonth>();
    let latest: MarkedMonth | undefined;
    for (const { attribute, date, mark } of days) {
      if (latest?.mark !== mark) {
        latest = months.get(mark);
        if (latest === undefined) months.set(mark, (latest = { attribute, month: monthOf(date), mark, days: 0 }));
      }
      latest.days |= bitOf(dayIn(date));
    }
    for (const { attribute, month, mark, days: done } of months.values()) {
      this.#database.run(
        'UPDATE touched SET days = days & ~?4 WHERE attribute = ?1 AND month = ?2 AND mark <= ?3',
        attribute,
        month,
        mark,
        done,
      );
    }
    for (const attribute of new Set([...months.values()].map((month) => month.attribute)))
      this.#database.run('DELETE FROM touched WHERE attribute = ? AND days = 0', attribute);
  }

  #addOne(attribute: string, date: LocalDay): void {
    const known = this.#monthOf(attribute, date);
    const bit = bitOf(dayIn(date));
    if ((known.days & bit) !== 0) return;
    known.days |= bit;
    this.#unwritten.add(known);
  }

  #monthOf(attribute: string, date: LocalDay): Month {
    // Mostly the days of an attribute come one after the other.
    if (this.#month?.attribute === attribute && date.startsWith(this.#month.month)) return this.#month;
    const month = monthOf(date);
    const key = keyOf(attribute, month);
    let known = this.#fresh.get(key);
    if (known === undefined) this.#fresh.set(key, (known = { attribute, month, mark: undefined, days: 0 }));
    this.#month = known;
    return known;
  }

  #forgetMany(): void {
    if (this.#fresh.size >= MOST_FRESH || this.#freshLists.size >= MOST_FRESH) this.#forget();
  }

  #forget(): void {
    this.#fresh.clear();
    this.#freshLists.clear();
    this.#latest = undefined;
    this.#month = undefined;
  }
}

/** Adds the days of a month to those that are due. */
function addDue(
  due: TouchedDay[],
  { attribute, month, mark, days }: MarkedMonth,
  place: number[],
  limit: number,
): void {
  const first = Date.parse(month);
  for (let day = 1; day <= LONGEST_MONTH; day += 1) {
    if ((days & bitOf(day)) === 0) continue;
    const known = place[day];
    if (known === undefined && due.length >= limit) continue;
    const date = dateAt(first + (day - 1) * DAY_MS) as LocalDay;
    const index = known ?? due.length;
    place[day] = index;
    due[index] = { attribute, date, mark };
  }
}

function keyOf(attribute: string, month: string): string {
  return `${month} ${attribute}`;
}

/** `YYYY-MM` */
function monthOf(date: LocalDay): string {
  return date.slice(0, 7);
}

/** In its month, from 1. */
function dayIn(date: LocalDay): number {
  return (date.charCodeAt(8) - ZERO) * 10 + date.charCodeAt(9) - ZERO;
}

/** Of a day of the month, from 1. */
function bitOf(day: number): number {
  return 1 << (day - 1);
}
