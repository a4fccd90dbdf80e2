import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { Database } from '../database.ts';
import { migrate } from '../migrations.ts';

const PAGE = 4096;
/** Where SQLite keeps, in the first page, how many pages there are. https://sqlite.org/fileformat2.html */
const PAGE_COUNT_AT = 28;

/**
 * Gives a copy whose first page is damaged that of an empty database. It says where each table begins, and that is the
 * same in all of them: migrations make the tables in one order, each on the next page.
 */
export function restoreFirstPage(copy: string, empty: string): void {
  const database = new Database(empty);
  try {
    migrate(database);
  } finally {
    database.close();
  }
  const page = Buffer.alloc(PAGE);
  const source = openSync(empty, 'r');
  try {
    readSync(source, page, 0, PAGE, 0);
  } finally {
    closeSync(source);
  }
  page.writeUInt32BE(Math.ceil(statSync(copy).size / PAGE), PAGE_COUNT_AT);
  const target = openSync(copy, 'r+');
  try {
    writeSync(target, page, 0, PAGE, 0);
  } finally {
    closeSync(target);
  }
}
