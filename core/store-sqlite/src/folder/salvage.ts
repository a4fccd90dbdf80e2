import { isLocalDay } from '@dayfold/runtime';
import type { JournalReading } from '@dayfold/runtime';
import { packed, unpacked } from '../bodies/packed-readings.ts';
import { checksumOf, countOf, intact } from '../bodies/reading-columns.ts';
import { COLUMNS } from '../bodies/reading-rows.ts';
import { Database } from '../database.ts';
import { DayBits } from '../days/day-bits.ts';
import { migrate } from '../migrations.ts';
import { attributeIn, dateOf, DAY, DayNumbers } from '../numbers/day-numbers.ts';
import { readTail } from '../tail/tail-file.ts';
import { DamagedTables } from './damaged-tables.ts';
import type { Cell, Row } from './damaged-tables.ts';
import { tailOf } from './files.ts';

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
/** The places of the journal. */
const READINGS = ['journal', 'journal_page', 'dated_page', 'journal_tail'];
const SERIES = ['id', 'name', 'source'];
const JOURNAL = COLUMNS.split(', ');
const PAGES = ['series', 'hour', 'seq', 'count', 'checksum', 'body'];
const DATED = ['series', 'stretch', 'origin', 'received', 'seq', 'checksum', 'body'];
const DAYS = ['id', 'account', 'wanted', 'confirmed', 'readings', 'reason', 'refused', 'sealed', 'changed'];
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
    const names = new Map<number, string>();
    written(database, tables.byRowid('series'), (row) => {
      names.set(Number(row['id']), String(row['name']));
      return put(database, 'series', SERIES, row);
    });
    const readings = savedReadings(database, tables, damaged, names);
    const days = savedDays(database, tables);
    const entries = written(database, tables.byKey('ledger', ['account', 'attribute']), (row) =>
      put(database, 'ledger', LEDGER, row),
    );
    const tokens = written(database, tables.byKey('token', ['account']), (row) =>
      put(database, 'token', ['account', 'document'], row),
    );
    const areReadingsLost = [...READINGS, 'series', 'source_table'].some((table) => tables.isLossy(table));
    if (areReadingsLost) sealPastDays(database);
    // Without its definition an attribute is folded anew from all its readings; a whole store has no need of it.
    else if (!tables.isLossy('attribute_day')) keepFolds(database, tables);
    const isWhole = !areReadingsLost && !['attribute_day', 'ledger', 'token'].some((table) => tables.isLossy(table));
    return { readings, days, entries, tokens, isWhole };
  } finally {
    database.close();
  }
}

/** Of all places of the journal. A reading whose series has no name any more is nobody's. */
function savedReadings(
  database: Database,
  tables: DamagedTables,
  damaged: string,
  names: ReadonlyMap<number, string>,
): number {
  const hasName = ({ series }: Row): boolean => names.has(Number(series));
  written(database, tables.byKey('source_info', ['source']), (row) =>
    put(database, 'source_info', ['source', 'received'], row),
  );
  const mirrored = new Set<Cell>([null]);
  written(database, tables.byRowid('source_table'), (row) => {
    const count = put(database, 'source_table', ['id', 'name'], row);
    if (count > 0) mirrored.add(row['id'] ?? null);
    return count;
  });
  // A row of a table that has no name any more would stay when it is taken out of its file; the source reads it again.
  const rows = written(database, tables.byRowid('journal'), (row) =>
    hasName(row) && mirrored.has(row['origin'] ?? null) ? put(database, 'journal', JOURNAL, row) : 0,
  );
  const pagesOf = (table: string, columns: readonly string[], isOurs: (row: Row) => boolean): number =>
    written(database, tables.byRowid(table), (row) => {
      const body = bodyOf(tables, table, row);
      return body !== undefined && isOurs(row) && put(database, table, columns, row) > 0 ? countOf(body) : 0;
    });
  const inPages =
    pagesOf('journal_page', PAGES, hasName) +
    pagesOf('dated_page', DATED, (row) => hasName(row) && mirrored.has(row['origin'] ?? null));
  const inTail = written(database, tables.byRowid('journal_tail'), (row) => {
    const body = bodyOf(tables, 'journal_tail', row);
    return body === undefined ? 0 : putNamed(database, tables, body, names);
  });
  const inFile = written(database, recordsOf(tables, damaged), ({ body }) =>
    putNamed(database, tables, body as Uint8Array, names),
  );
  return rows + inPages + inTail + inFile;
}

/** Of the tail's file. Those of an earlier edition stand in the pages, and nothing tells them apart without the edition. */
function recordsOf(tables: DamagedTables, damaged: string): Row[] {
  const [row] = tables.byRowid('tail_edition');
  const { records, isDamaged } = readTail(tailOf(damaged), Number(row?.['edition']));
  if (row === undefined || isDamaged) tables.lose('journal_tail');
  return records.map(({ body }) => ({ body }));
}

/** Under numbers of their own. The names of attributes stand in the file twice: in their table and in its index. */
function savedDays(database: Database, tables: DamagedTables): number {
  const names = new Map<number, string>();
  for (const { id, name } of [...tables.byRowid('attribute'), ...tables.byKey('attribute', ['name'])])
    if (typeof name === 'string') names.set(Number(id), name);
  const numbers = new DayNumbers(database);
  return written(database, tables.byRowid('attribute_day'), (row) => {
    const number = Number(row['id']);
    const [name, date] = [names.get(attributeIn(number)), dateOf(number)];
    if (name !== undefined && isLocalDay(date))
      return put(database, 'attribute_day', DAYS, { ...row, id: numbers.of(name, date) });
    tables.lose('attribute_day');
    return 0;
  });
}

function bodyOf(tables: DamagedTables, table: string, row: Row): Uint8Array | undefined {
  try {
    return intact(row['body'], row['checksum']);
  } catch {
    tables.lose(table);
    return undefined;
  }
}

function putNamed(
  database: Database,
  tables: DamagedTables,
  body: Uint8Array,
  names: ReadonlyMap<number, string>,
): number {
  const readings: JournalReading[] = [];
  const series: number[] = [];
  unpacked(
    body,
    (number) => names.get(number) ?? '',
    (reading, number) => {
      if (!names.has(number)) return tables.lose('journal_tail');
      readings.push(reading);
      series.push(number);
    },
  );
  const named = packed(readings, series);
  database.run('INSERT INTO journal_tail (checksum, body) VALUES (?, ?)', checksumOf(named), named);
  return readings.length;
}

function keepFolds(database: Database, tables: DamagedTables): void {
  written(database, tables.byKey('definition', ['attribute']), (row) =>
    put(database, 'definition', ['attribute', 'definition'], row),
  );
  written(database, tables.byRowid('touched'), (row) =>
    DayBits.isPacked(row['first'], row['days'])
      ? put(database, 'touched', ['mark', 'attribute', 'first', 'days'], row)
      : 0,
  );
}

function sealPastDays(database: Database): void {
  database.run(`UPDATE attribute_day SET sealed = 1 WHERE ${DAY} < (SELECT max(${DAY}) FROM attribute_day)`);
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
