import type { DayKey } from '@dayfold/runtime';
import type { Database } from './database.ts';

/** Marks and lists remembered as fresh; beyond it the memory begins anew, and a mark may be written once more. */
const MOST_FRESH = 10_000;

/**
 * Which attribute-days are due for folding. A mark that is set and not read since is not written again, so that a busy
 * day costs one row and not one for each reading.
 */
export class TouchedMarks {
  readonly #database: Database;
  readonly #fresh = new Set<string>();
  /** Lists of which every day is fresh: most readings touch the very list that the one before them touched. */
  readonly #freshLists = new Set<Iterable<DayKey>>();
  #latest: Iterable<DayKey> | undefined;
  #mark: number;

  constructor(database: Database) {
    this.#database = database;
    // What is in memory is then not on disk.
    database.onRollback(() => this.#forget());
    this.#mark = Number(database.get('SELECT coalesce(max(mark), 0) AS mark FROM touched')?.['mark']);
  }

  /** Inside a transaction. */
  add(days: Iterable<DayKey>): void {
    if (days === this.#latest || this.#freshLists.has(days)) return;
    if (this.#fresh.size >= MOST_FRESH || this.#freshLists.size >= MOST_FRESH) this.#forget();
    for (const { attribute, date } of days) {
      const key = `${date} ${attribute}`;
      if (this.#fresh.has(key)) continue;
      this.#mark += 1;
      this.#database.run('INSERT OR REPLACE INTO touched VALUES (?, ?, ?)', attribute, date, this.#mark);
      this.#fresh.add(key);
    }
    this.#freshLists.add(days);
    this.#latest = days;
  }

  read(limit: number): (DayKey & { readonly mark: number })[] {
    // Whoever reads now works with today's readings: a later touch must be seen as new.
    this.#forget();
    return this.#database
      .all('SELECT attribute, date, mark FROM touched ORDER BY mark LIMIT ?', limit)
      .map((row) => ({ ...row }) as unknown as DayKey & { mark: number });
  }

  remove({ attribute, date }: DayKey, mark: number): void {
    this.#database.run('DELETE FROM touched WHERE attribute = ? AND date = ? AND mark = ?', attribute, date, mark);
  }

  #forget(): void {
    this.#fresh.clear();
    this.#freshLists.clear();
    this.#latest = undefined;
  }
}
