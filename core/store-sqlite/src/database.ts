import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { guarded } from './guarded.ts';

type Row = Record<string, unknown>;
/** Rows that are inserted with one call; more would save little. */
const AT_ONCE = 50;

/** A connection with its statements prepared once, and errors told apart by what a person can do about them. */
export class Database {
  /** Beside a daemon that may write. */
  readonly isReadOnly: boolean;
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #listing = new Map<string, StatementSync>();
  readonly #rollbacks: (() => void)[] = [];
  #depth = 0;
  #isDamaged = false;

  /** Nothing is written before the first statement that asks for it. */
  constructor(file: string, options: { readonly readOnly?: boolean } = {}) {
    this.isReadOnly = options.readOnly ?? false;
    this.#connection = guarded(() => new DatabaseSync(file, { readOnly: this.isReadOnly, timeout: 5000 }));
  }

  /** Damage was met since this connection opened. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** Damage that SQLite does not see. */
  noteDamage(): void {
    this.#isDamaged = true;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guarded(() => this.#statement(sql).all(...values) as Row[]);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  /** As `all`, each row as a list of its columns: of many rows that takes half the time. */
  lists(sql: string, ...values: SQLInputValue[]): SQLOutputValue[][] {
    return this.#guarded(() => {
      let statement = this.#listing.get(sql);
      if (statement === undefined) {
        statement = this.#connection.prepare(sql);
        statement.setReturnArrays(true);
        this.#listing.set(sql, statement);
      }
      return statement.all(...values) as unknown as SQLOutputValue[][];
    });
  }

  /** Row by row, for more than memory should hold. */
  *iterate(sql: string, ...values: SQLInputValue[]): Generator<Row> {
    const rows = this.#guarded(() => this.#connection.prepare(sql).iterate(...values));
    try {
      for (;;) {
        const next = this.#guarded(() => rows.next());
        if (next.done === true) return;
        yield next.value as Row;
      }
    } finally {
      // Whoever stops early leaves no statement open behind.
      rows.return?.();
    }
  }

  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number; readonly lastId: number } {
    return this.#guarded(() => {
      const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
      return { changes: Number(changes), lastId: Number(lastInsertRowid) };
    });
  }

  /** Inserts rows, some with one call of SQLite. `into` names the table and its columns. */
  insert(into: string, rows: Iterable<readonly SQLInputValue[]>): void {
    const columns = into.split(',').length;
    let values: SQLInputValue[] = [];
    for (const row of rows) {
      values.push(...row);
      if (values.length < columns * AT_ONCE) continue;
      this.insertValues(into, values);
      values = [];
    }
    this.insertValues(into, values);
  }

  /**
   * As `insert`, with the values of all rows one behind the other; `rest` is what follows the rows. The first columns are
   * those of `shared`, alike in all rows: handing values over takes most of the time.
   */
  insertValues(into: string, values: readonly SQLInputValue[], rest = '', shared: readonly SQLInputValue[] = []): void {
    const columns = into.split(',').map((_, index) => (index < shared.length ? `?${index + 1}` : '?'));
    const marks = `(${columns.join(', ')})`;
    const own = columns.length - shared.length;
    const many = `INSERT INTO ${into} VALUES ${Array<string>(AT_ONCE).fill(marks).join(', ')} ${rest}`;
    const one = `INSERT INTO ${into} VALUES ${marks} ${rest}`;
    let from = 0;
    for (; from + own * AT_ONCE <= values.length; from += own * AT_ONCE)
      this.run(many, ...shared, ...values.slice(from, from + own * AT_ONCE));
    for (; from < values.length; from += own) this.run(one, ...shared, ...values.slice(from, from + own));
  }

  /** Several statements without values. */
  script(sql: string): void {
    this.#guarded(() => this.#connection.exec(sql));
  }

  /** All or nothing; nested calls join the outer transaction. The connection stays usable after a failure. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#depth += 1;
    try {
      this.run('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.run('COMMIT');
        return result;
      } catch (error) {
        // A full disk may have rolled back already.
        if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
        for (const forget of this.#rollbacks) forget();
        throw error;
      }
    } finally {
      this.#depth -= 1;
    }
  }

  /** Called after every transaction that was undone: what is remembered of it in memory must go. */
  onRollback(forget: () => void): void {
    this.#rollbacks.push(forget);
  }

  /** Changes when another connection has committed. */
  version(): number {
    return Number(this.get('PRAGMA data_version')?.['data_version']);
  }

  /** What several statements and files tell together: beside a daemon that writes meanwhile they are asked again. */
  ofOneMoment<T>(read: () => T): T {
    for (;;) {
      const version = this.isReadOnly ? this.version() : undefined;
      const found = read();
      if (version === undefined || this.version() === version) return found;
    }
  }

  /** Of the database, without the pages that wait to be used again. */
  usedBytes(): number {
    const pragma = (name: string): number => Number(this.get(`PRAGMA ${name}`)?.[name]);
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  /** What `PRAGMA quick_check` finds; `ok` when nothing. */
  check(): string {
    const found = String(Object.values(this.get('PRAGMA quick_check(1)') ?? {})[0]);
    // It comes in lines.
    return found.replaceAll(/\s+/g, ' ');
  }

  /** As `check`, and whether indexes and tables tell the same: slow on a large database. */
  checkThoroughly(): string {
    return String(Object.values(this.get('PRAGMA integrity_check(1)') ?? {})[0]).replaceAll(/\s+/g, ' ');
  }

  close(): void {
    this.#statements.clear();
    this.#listing.clear();
    if (this.#connection.isOpen) this.#connection.close();
  }

  #guarded<T>(work: () => T): T {
    try {
      return guarded(work);
    } catch (error) {
      if ((error as { code?: unknown }).code === 'store.damaged') this.#isDamaged = true;
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
