import type { Database } from './database.ts';

/** Series are stored once and named by number in the journal. */
export class SeriesNumbers {
  readonly #database: Database;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(database: Database) {
    this.#database = database;
    // The numbers given to new series are gone from the disk then.
    database.onRollback(() => {
      this.#ids.clear();
      this.#names.clear();
    });
  }

  /** Gives a new series its number; inside a transaction. */
  idOf(series: string): number {
    let id = this.#ids.get(series);
    if (id === undefined) {
      this.#database.run('INSERT OR IGNORE INTO series (name, source) VALUES (?, ?)', series, sourceOf(series));
      id = Number(this.#database.get('SELECT id FROM series WHERE name = ?', series)?.['id']);
      this.#ids.set(series, id);
      this.#names.set(id, series);
    }
    return id;
  }

  /** Of a series that was never stored: a number no row has, so that asking writes nothing. */
  knownId(series: string): number {
    const cached = this.#ids.get(series);
    if (cached !== undefined) return cached;
    const row = this.#database.get('SELECT id FROM series WHERE name = ?', series);
    if (row === undefined) return -1;
    const id = Number(row['id']);
    this.#ids.set(series, id);
    this.#names.set(id, series);
    return id;
  }

  nameOf(id: number): string {
    let name = this.#names.get(id);
    if (name === undefined) {
      name = String(this.#database.get('SELECT name FROM series WHERE id = ?', id)?.['name']);
      this.#names.set(id, name);
    }
    return name;
  }
}

/** `home.door` is a series of the source `home`. */
export function sourceOf(series: string): string {
  return series.slice(0, series.indexOf('.'));
}
