import { randomInt } from 'node:crypto';
import type { Database } from './database.ts';

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
