import { randomInt } from 'node:crypto';
import { checksumOf, intact } from '../bodies/reading-columns.ts';
import type { Database } from '../database.ts';
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

/** Those of the tail that are no records of its file; in no order. Throws where one is damaged. */
export function rowsIn(database: Database): TailRecord[] {
  return database
    .all('SELECT seq, checksum, body, receipts FROM journal_tail')
    .map(({ seq, checksum, body, receipts }) => ({
      seq: Number(seq),
      body: intact(body, checksum),
      receipts: receipts as Uint8Array | null,
    }));
}

export function putRow(database: Database, { seq, body, receipts }: TailRecord): void {
  database.run(
    'INSERT INTO journal_tail (seq, checksum, body, receipts) VALUES (?, ?, ?, ?)',
    seq,
    checksumOf(body),
    body,
    receipts,
  );
}
