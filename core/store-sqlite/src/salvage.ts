import { Database } from './database.ts';
import { DamagedTables } from './damaged-tables.ts';
import type { Cell, Row } from './damaged-tables.ts';
import { migrate } from './migrations.ts';
import { sourceOf } from './series-numbers.ts';

/** Rows of each kind that could be read, and whether some could not. */
export interface Salvaged {
  readonly readings: number;
  readonly days: number;
  readonly entries: number;
  readonly tokens: number;
  readonly isWhole: boolean;
}

/** Written in one transaction; keeps memory flat. */
const PORTION = 10_000;
const JOURNAL = ['series', 'at', 'start', 'date', 'value', 'flags', 'unit', 'id', 'receipt', 'origin', 'received'];
const DAYS = [
  'attribute',
  'date',
  'account',
  'wanted',
  'confirmed',
  'readings',
  'reason',
  'refused',
  'sealed',
  'changed',
];
const LEDGER = ['account', 'attribute', 'name', 'state', 'since', 'reacquired', 'reason'];

/**
 * Makes a new database of what can be read of a damaged one: readings, attribute-days, ledger and tokens. What sources
 * remember of their reading stays behind, so that they read again what may be lost. Where readings are lost, days that
 * are over keep their values: folded again from the rest they would shrink.
 */
export function salvage(damaged: string, fresh: string): Salvaged {
  using tables = new DamagedTables(damaged);
  const database = new Database(fresh);
  try {
    migrate(database);
    const names = new Map<Cell, Cell>();
    for (const { id, name } of tables.byRowid('series')) names.set(id ?? null, name ?? null);
    const sink = new ReadingSink(database, names);
    const readings = written(database, readable(tables.byRowid('journal'), names), (row) => sink.put(row));
    sink.end();
    const days = written(
      database,
      tables.byKey('attribute_day', ['attribute', 'date'], { name: 'attribute_day_date', by: 'date' }),
      (row) => put(database, 'attribute_day', DAYS, row),
    );
    const entries = written(database, tables.byKey('ledger', ['account', 'attribute']), (row) =>
      put(database, 'ledger', LEDGER, row),
    );
    const tokens = written(database, tables.byKey('token', ['account']), (row) =>
      put(database, 'token', ['account', 'document'], row),
    );
    const areReadingsLost = tables.isLossy('journal') || tables.isLossy('series');
    if (areReadingsLost) sealPastDays(database);
    // Without its definition an attribute is folded anew from all its readings; a whole store has no need of it.
    else if (!tables.isLossy('attribute_day')) keepFolds(database, tables);
    const isWhole = !areReadingsLost && !['attribute_day', 'ledger', 'token'].some((table) => tables.isLossy(table));
    return { readings, days, entries, tokens, isWhole };
  } finally {
    database.close();
  }
}

function* readable(rows: Iterable<Row>, names: ReadonlyMap<Cell, Cell>): Generator<Row> {
  // A reading whose series has no name any more is nobody's.
  for (const row of rows) if (typeof names.get(row['series'] ?? null) === 'string') yield row;
}

/** Puts readings under the numbers their series had; at the end, when each source was heard last. */
class ReadingSink {
  readonly #database: Database;
  readonly #names: ReadonlyMap<Cell, Cell>;
  readonly #series = new Set<Cell>();
  readonly #received = new Map<string, number>();

  constructor(database: Database, names: ReadonlyMap<Cell, Cell>) {
    this.#database = database;
    this.#names = names;
  }

  put(row: Row): number {
    const number = row['series'] ?? null;
    const name = String(this.#names.get(number));
    const source = sourceOf(name);
    if (!this.#series.has(number))
      this.#database.run('INSERT OR IGNORE INTO series (id, name, source) VALUES (?, ?, ?)', number, name, source);
    this.#series.add(number);
    this.#received.set(source, Math.max(Number(row['received']), this.#received.get(source) ?? 0));
    return put(this.#database, 'journal', JOURNAL, row);
  }

  end(): void {
    for (const [source, received] of this.#received)
      this.#database.run('INSERT INTO source_info (source, received) VALUES (?, ?)', source, received);
  }
}

function keepFolds(database: Database, tables: DamagedTables): void {
  written(database, tables.byKey('definition', ['attribute']), (row) =>
    put(database, 'definition', ['attribute', 'definition'], row),
  );
  written(database, tables.byKey('touched', ['attribute', 'date']), (row) =>
    put(database, 'touched', ['attribute', 'date', 'mark'], row),
  );
}

function sealPastDays(database: Database): void {
  database.run('UPDATE attribute_day SET sealed = 1 WHERE date < (SELECT max(date) FROM attribute_day)');
}

/** A row that breaks a rule of its table was damaged unnoticed: it is left out. */
function put(database: Database, table: string, columns: readonly string[], row: Row): number {
  const marks = '?, '.repeat(columns.length).slice(0, -2);
  return database.run(
    `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${marks})`,
    ...columns.map((column) => row[column] ?? null),
  ).changes;
}

function written(database: Database, rows: Iterable<Row>, write: (row: Row) => number): number {
  let count = 0;
  let portion: Row[] = [];
  const flush = (): void => {
    database.transaction(() => {
      for (const row of portion) count += write(row);
    });
    portion = [];
  };
  for (const row of rows) {
    portion.push(row);
    if (portion.length === PORTION) flush();
  }
  flush();
  return count;
}
