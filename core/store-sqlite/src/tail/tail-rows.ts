import { randomInt } from 'node:crypto';
import type { Database } from '../database.ts';
import { checksumOf } from '../bodies/reading-columns.ts';
import type { TailRecord } from './tail-records.ts';

/** Ends at what `randomInt` takes. */
const MOST = 2 ** 48 - 1;

/** Of the records in the tail's file those of this edition are in the journal, and all others are not. */
export function editionOf(database: Database): number {
  return Number(database.get('SELECT edition FROM tail_edition')?.['edition']);
}

/** In the transaction that stores elsewhere what the edition before holds. One that no file was ever written with. */
export function newEdition(database: Database): number {
  const edition = randomInt(MOST);
  database.run('UPDATE tail_edition SET edition = ?', edition);
  return edition;
}

/** Inside a transaction: as rows of the tail, and no longer in its file. */
export function putAsRows(database: Database, records: readonly TailRecord[]): void {
  for (const { seq, body, receipts } of records)
    database.run('INSERT INTO journal_tail VALUES (?, ?, ?, ?)', seq, checksumOf(body), body, receipts);
  newEdition(database);
}
