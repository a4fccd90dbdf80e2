import { StoreUnusable } from '@dayfold/runtime';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { migrate } from './migrations.ts';

type Row = Record<string, unknown>;

/** A connection with its statements prepared once, and errors told apart by what a person can do about them. */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  constructor(file: string) {
    this.#connection = guarded(() => new DatabaseSync(file));
    guarded(() => {
      // FULL: with NORMAL a power cut loses transactions that were already acknowledged.
      this.#connection.exec('PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      migrate(this.#connection);
    });
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return guarded(() => this.#statement(sql).all(...values) as Row[]);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return guarded(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number; readonly lastId: number } {
    return guarded(() => {
      const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
      return { changes: Number(changes), lastId: Number(lastInsertRowid) };
    });
  }

  /** All or nothing; nested calls join the outer transaction. */
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
        throw error;
      }
    } finally {
      this.#depth -= 1;
    }
  }

  /** What `PRAGMA quick_check` finds; `ok` when nothing. */
  check(): string {
    return String(Object.values(this.get('PRAGMA quick_check(1)') ?? {})[0]);
  }

  close(): void {
    this.#statements.clear();
    if (this.#connection.isOpen) this.#connection.close();
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

/** SQLite's primary result codes, https://sqlite.org/rescode.html */
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message?: string };
    if (errcode === undefined) throw error;
    switch (errcode & 0xff) {
      case FULL:
        throw new StoreUnusable('store.full', 'the disk of the data folder is full; free some space, dayfold goes on by itself', { cause: error });
      case READONLY:
      case IOERR:
      case CANTOPEN:
        throw new StoreUnusable('store.readonly', `the data folder cannot be written: ${message}; check its permissions and the disk`, { cause: error });
      case CORRUPT:
      case NOTADB:
        throw new StoreUnusable('store.damaged', `the database in the data folder is damaged: ${message}`, { cause: error });
      default:
        throw error;
    }
  }
}
