import { StoreUnusable } from '@dayfold/runtime';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { countOf, damaged } from '../bodies/reading-columns.ts';
import { Database } from '../database.ts';
import { schemaVersionOf } from '../migrations.ts';
import { readTail } from '../tail/tail-file.ts';
import { editionOf } from '../tail/tail-rows.ts';
import { DATABASE_FILE, tailOf } from './files.ts';

export interface StoreCounts {
  readonly readings: number;
  readonly attributeDays: number;
  readonly ledgerEntries: number;
  readonly logins: number;
}

export interface StoreReport {
  readonly schema: number;
  /** Of the database and what is not yet merged into it. */
  readonly bytes: number;
  /** Rows of every table. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Looks at the store of a data folder beside a running daemon; changes nothing. Undefined: nothing is stored yet. Throws where it is damaged or newer. */
export function reportStore(folder: string): StoreReport | undefined {
  const file = join(folder, DATABASE_FILE);
  if (!existsSync(file)) return undefined;
  const database = new Database(file, { readOnly: true });
  try {
    const schema = schemaVersionOf(database);
    const found = database.check();
    if (found !== 'ok')
      throw new StoreUnusable('store.damaged', `the database in the data folder is damaged: ${found}`);
    if (schema > 0 && readTail(tailOf(file), editionOf(database)).isDamaged) throw damaged();
    const sizes = [file, `${file}-wal`, tailOf(file)].map(
      (name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0,
    );
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return { schema, bytes, rows: rowsOf(database) };
  } finally {
    database.close();
  }
}

/** Readings in the store of a data folder, also beside a running daemon. */
export function storedReadings(folder: string): number {
  const file = join(folder, DATABASE_FILE);
  if (!existsSync(file)) return 0;
  const database = new Database(file, { readOnly: true });
  try {
    return database.ofOneMoment(() => {
      const { records } = readTail(tailOf(file), editionOf(database));
      return records.reduce((sum, { body }) => sum + countOf(body), countsOf(database).readings);
    });
  } finally {
    database.close();
  }
}

/** Of a database without a file for its tail. */
export function countsOf(database: Database): StoreCounts {
  const rows = rowsOf(database);
  return {
    readings: (rows['journal'] ?? 0) + packedReadingsIn(database),
    attributeDays: rows['attribute_day'] ?? 0,
    ledgerEntries: rows['ledger'] ?? 0,
    logins: rows['token'] ?? 0,
  };
}

/** Of the bodies at the most their heads are read. */
function packedReadingsIn(database: Database): number {
  const heads = database.all(
    'SELECT substr(body, 1, 16) AS head FROM journal_tail UNION ALL SELECT substr(body, 1, 16) FROM dated_page',
  );
  const inPages = Number(database.get('SELECT coalesce(sum(count), 0) AS count FROM journal_page')?.['count']);
  return heads.reduce((sum, { head }) => sum + countOf(head as Uint8Array), inPages);
}

function rowsOf(database: Database): Record<string, number> {
  const tables = database
    .all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .map((row) => String(row['name']));
  return Object.fromEntries(
    tables.map((name) => [
      name,
      Number(database.get(`SELECT count(*) AS rows FROM "${name.replaceAll('"', '""')}"`)?.['rows']),
    ]),
  );
}
