import type { Database } from '../database.ts';

/** Mirrored tables are stored once and named by number in the journal. */
export class TableNumbers {
  readonly #database: Database;
  readonly #byName = new Map<string, number>();
  readonly #byId = new Map<number, string>();

  constructor(database: Database) {
    this.#database = database;
    // The numbers given to new tables are gone from the disk then.
    database.onRollback(() => {
      this.#byName.clear();
      this.#byId.clear();
    });
  }

  /** Gives a new table its number; inside a transaction. */
  idOf(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    this.#database.run('INSERT OR IGNORE INTO source_table (name) VALUES (?)', name);
    const id = Number(this.#database.get('SELECT id FROM source_table WHERE name = ?', name)?.['id']);
    this.#byName.set(name, id);
    return id;
  }

  nameOf(id: number): string {
    let name = this.#byId.get(id);
    if (name === undefined) {
      name = String(this.#database.get('SELECT name FROM source_table WHERE id = ?', id)?.['name']);
      this.#byId.set(id, name);
    }
    return name;
  }
}
