import { DatabaseSync } from 'node:sqlite';

/** A value as SQLite keeps it. */
export type Cell = null | number | bigint | string | Uint8Array;
export type Row = Readonly<Record<string, Cell>>;

/** Reads what can be read of a damaged database, around the pages that cannot. Works on a copy: opening it changes the file. */
export class DamagedTables implements Disposable {
  readonly #connection: DatabaseSync;
  readonly #lossy = new Set<string>();

  constructor(file: string) {
    this.#connection = new DatabaseSync(file);
  }

  /** Something of the table could not be read so far. */
  isLossy(table: string): boolean {
    return this.#lossy.has(table);
  }

  /** A row was read, but is not as it was written. */
  lose(table: string): void {
    this.#lossy.add(table);
  }

  /** By rowid. Behind a page that cannot be read it goes on with the next row that can. */
  *byRowid(table: string): Generator<Row> {
    let from = 0;
    for (;;) {
      try {
        const rows = this.#connection.prepare(
          `SELECT rowid AS number, * FROM ${table} WHERE rowid >= ? ORDER BY rowid`,
        );
        for (const row of rows.iterate(from)) {
          from = Number(row['number']) + 1;
          yield row;
        }
        return;
      } catch {
        this.#lossy.add(table);
        const next = this.#nextReadable(table, from);
        if (next === undefined) return;
        from = next;
      }
    }
  }

  /** Of a table without rowids: from its beginning and from its end, each up to a page that cannot be read. */
  *byKey(table: string, key: readonly string[]): Generator<Row> {
    const seen = new Set<string>();
    const nameOf = (row: Row): string => JSON.stringify(key.map((column) => row[column]));
    const fresh = function* (rows: Iterable<Row>): Generator<Row> {
      for (const row of rows) {
        if (seen.has(nameOf(row))) continue;
        seen.add(nameOf(row));
        yield row;
      }
    };
    const ordered = (direction: string): string => key.map((column) => `${column} ${direction}`).join(', ');
    yield* fresh(this.#untilDamage(table, `SELECT * FROM ${table} ORDER BY ${ordered('ASC')}`));
    if (!this.isLossy(table)) return;
    yield* fresh(this.#untilDamage(table, `SELECT * FROM ${table} ORDER BY ${ordered('DESC')}`));
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  *#untilDamage(table: string, sql: string): Generator<Row> {
    try {
      yield* this.#connection.prepare(sql).iterate();
    } catch {
      this.#lossy.add(table);
    }
  }

  /** In ever longer leaps, then back to the first: a damaged page holds a run of rows. */
  #nextReadable(table: string, from: number): number | undefined {
    for (let leap = 1; from + leap <= Number.MAX_SAFE_INTEGER; leap *= 2) {
      if (!this.#isReadable(table, from + leap)) continue;
      let [unreadable, readable] = [from + Math.floor(leap / 2), from + leap];
      while (readable - unreadable > 1) {
        const middle = unreadable + Math.floor((readable - unreadable) / 2);
        if (this.#isReadable(table, middle)) readable = middle;
        else unreadable = middle;
      }
      return readable;
    }
    return undefined;
  }

  #isReadable(table: string, from: number): boolean {
    try {
      this.#connection.prepare(`SELECT * FROM ${table} WHERE rowid >= ? ORDER BY rowid LIMIT 1`).get(from);
      return true;
    } catch {
      return false;
    }
  }
}
