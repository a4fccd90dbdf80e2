import { openSqliteStore } from '@dayfold/store-sqlite';
import process from 'node:process';
import { reading } from './data-folder.ts';
import { told } from './told.ts';

/** Commits reading after reading and says each one that is acknowledged, until it is killed. */
const folder = process.argv[2] ?? '';
const store = await openSqliteStore({ folder });
for (let at = Number(process.argv[3]); ; at += 1) {
  await store.journal.commit([reading(at, { id: `r${at}` })], [{ source: 'home', key: 'cursor', value: at }], () => [
    { attribute: 'opens', date: '2026-03-29' },
  ]);
  await told(at);
}
