import { daysSince1970 } from '@dayfold/runtime';
import type { DayKey, Instant, LocalDay } from '@dayfold/runtime';
import type { Database } from '../database.ts';
import { dateAt } from '../numbers/dates.ts';
import { DayBits, stretchOf } from './day-bits.ts';

/** Stretches and lists remembered as fresh; beyond it the memory begins anew, and a mark may be written once more. */
const MOST_FRESH = 10_000;
const DAY_MS = 24 * 3_600_000;

interface Stretch {
  readonly attribute: string;
  /** Undefined before it is written. */
  mark: number | undefined;
  readonly days: DayBits;
}

interface Row {
  readonly attribute: string;
  readonly mark: number;
  readonly first: number;
  readonly days: Uint8Array;
}

/** Of a stretch that is read: its marks so far, and where each of its days stands among those that are due. */
interface Known {
  readonly marks: number[];
  readonly indexes: number[];
}

type TouchedDay = DayKey & { readonly mark: number };
type MaybeTouched = DayKey & { readonly mark?: number | undefined };

/**
 * Which attribute-days are due for folding, a row for the days of a long stretch: years of a table are not a row for each
 * day. A day that is marked and not read since is not marked again, so that a busy day costs one row and not one for each
 * reading; one that was read since goes into a new row, with a higher mark.
 */
export class TouchedMarks {
  readonly #database: Database;
  readonly #fresh = new Map<string, Stretch>();
  /** Lists of which every day is fresh: most readings touch the very list that the one before them touched. */
  readonly #freshLists = new Set<Iterable<DayKey>>();
  readonly #unwritten = new Set<Stretch>();
  /** The marks of a stretch that has several, by each of them; of those that were read last. */
  readonly #earlier = new Map<number, readonly number[]>();
  #latestList: Iterable<DayKey> | undefined;
  /** The one of `#fresh` that was marked last. */
  #latest: Stretch | undefined;
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
    if (days === this.#latestList || this.#freshLists.has(days)) return;
    this.addOnce(days);
    this.#freshLists.add(days);
    this.#latestList = days;
  }

  /** Each of these is marked, and on the disk. */
  has(days: Iterable<DayKey>): boolean {
    if (days === this.#latestList || this.#freshLists.has(days)) return true;
    for (const { attribute, date } of days) {
      const day = daysSince1970(date);
      if (this.#fresh.get(keyOf(attribute, stretchOf(day)))?.days.has(day) !== true) return false;
    }
    if (this.#freshLists.size < MOST_FRESH) this.#freshLists.add(days);
    return true;
  }

  /** As `add`, for a list that does not come again: it is not held. */
  addOnce(days: Iterable<DayKey>): void {
    this.#forgetMany();
    for (const { attribute, date } of days) this.#addOne(attribute, daysSince1970(date));
  }

  /** As `addOnce`, of one attribute; the days by their UTC midnights. */
  addMidnights(attribute: string, midnights: Iterable<Instant>): void {
    this.#forgetMany();
    for (const at of midnights) this.#addOne(attribute, at / DAY_MS);
  }

  /** Days of an attribute that were added together are due together: so they are read and settled with less work. */
  write(): void {
    for (const stretches of Map.groupBy(this.#unwritten, ({ attribute }) => attribute).values()) {
      for (const stretch of stretches) {
        stretch.mark ??= this.#mark += 1;
        this.#put(stretch.attribute, stretch.mark, stretch.days);
      }
    }
    this.#unwritten.clear();
  }

  /** Those marked first; each once, with its latest mark. */
  read(limit: number): TouchedDay[] {
    // Whoever reads now works with today's readings: a later touch must be seen as new.
    this.#forget();
    this.#earlier.clear();
    const due: TouchedDay[] = [];
    const known = new Map<string, Known>();
    for (const row of this.#database.iterate('SELECT * FROM touched ORDER BY mark')) {
      const { attribute, mark, first, days: bytes } = row as unknown as Row;
      const days = DayBits.unpacked(first, bytes);
      const key = keyOf(attribute, days.stretch);
      let place = known.get(key);
      if (place === undefined) known.set(key, (place = { marks: [], indexes: [] }));
      addDue(due, { attribute, mark, days }, place.indexes, limit);
      place.marks.push(mark);
      this.#earlier.set(mark, place.marks);
      if (due.length >= limit) break;
    }
    return due;
  }

  /** Of days as they were read, and nothing of days without a mark; inside a transaction. */
  remove(days: Iterable<MaybeTouched>): void {
    for (const [mark, bits] of doneIn(days))
      for (const each of this.#earlier.get(mark) ?? [mark]) if (each <= mark) this.#removeFrom(each, bits);
  }

  #removeFrom(mark: number, done: DayBits): void {
    const row = this.#database.get('SELECT * FROM touched WHERE mark = ?', mark) as unknown as Row | undefined;
    if (row === undefined) return;
    const days = DayBits.unpacked(row.first, row.days);
    days.remove(done);
    if (days.isEmpty) this.#database.run('DELETE FROM touched WHERE mark = ?', mark);
    else this.#put(row.attribute, mark, days);
  }

  #put(attribute: string, mark: number, days: DayBits): void {
    const { first, bytes } = days.packed();
    this.#database.run('INSERT OR REPLACE INTO touched VALUES (?, ?, ?, ?)', mark, attribute, first, bytes);
  }

  #addOne(attribute: string, day: number): void {
    const known = this.#stretchOf(attribute, stretchOf(day));
    if (known.days.add(day)) this.#unwritten.add(known);
  }

  #stretchOf(attribute: string, stretch: number): Stretch {
    // Mostly the days of an attribute come one after the other.
    if (this.#latest?.attribute === attribute && this.#latest.days.stretch === stretch) return this.#latest;
    const key = keyOf(attribute, stretch);
    let known = this.#fresh.get(key);
    if (known === undefined) this.#fresh.set(key, (known = { attribute, mark: undefined, days: new DayBits(stretch) }));
    this.#latest = known;
    return known;
  }

  #forgetMany(): void {
    if (this.#fresh.size >= MOST_FRESH || this.#freshLists.size >= MOST_FRESH) this.#forget();
  }

  #forget(): void {
    this.#fresh.clear();
    this.#freshLists.clear();
    this.#latestList = undefined;
    this.#latest = undefined;
  }
}

/** Adds the days of a stretch to those that are due; `indexes` says where those of earlier marks stand among them. */
function addDue(
  due: TouchedDay[],
  { attribute, mark, days }: Stretch & { readonly mark: number },
  indexes: number[],
  limit: number,
): void {
  for (const place of days.places()) {
    const index = indexes[place] ?? due.length;
    if (index >= limit) continue;
    indexes[place] = index;
    due[index] = { attribute, date: dateAt(days.dayAt(place) * DAY_MS) as LocalDay, mark };
  }
}

/** The days of each mark, which is that of one stretch of an attribute. */
function doneIn(days: Iterable<MaybeTouched>): ReadonlyMap<number, DayBits> {
  const done = new Map<number, DayBits>();
  let latest: DayBits | undefined;
  let of: number | undefined;
  for (const { date, mark } of days) {
    if (mark === undefined) continue;
    const day = daysSince1970(date);
    if (latest === undefined || mark !== of) {
      latest = done.get(mark) ?? new DayBits(stretchOf(day));
      done.set((of = mark), latest);
    }
    latest.add(day);
  }
  return done;
}

function keyOf(attribute: string, stretch: number): string {
  return `${stretch} ${attribute}`;
}
