import { StoreUnusable } from '@dayfold/runtime';
import type { Database } from './database.ts';

/** Forward only; a released migration is never changed. The index of the last one applied is `user_version`. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, source TEXT NOT NULL);
  CREATE TABLE source_table (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE journal (
    seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, at INTEGER NOT NULL, start INTEGER, date TEXT, value NOT NULL,
    flags INTEGER NOT NULL, unit TEXT, id TEXT, origin INTEGER, received INTEGER NOT NULL
  );
  CREATE INDEX journal_at ON journal (series, at) WHERE date IS NULL;
  CREATE UNIQUE INDEX journal_id ON journal (series, id) WHERE id IS NOT NULL;
  CREATE INDEX journal_date ON journal (series, date) WHERE date IS NOT NULL;
  CREATE INDEX journal_start ON journal (series, start) WHERE start IS NOT NULL;
  CREATE INDEX journal_origin ON journal (origin) WHERE origin IS NOT NULL;
  CREATE TABLE journal_tail (seq INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, body BLOB NOT NULL, receipts BLOB);
  CREATE TABLE tail_edition (edition INTEGER NOT NULL);
  INSERT INTO tail_edition VALUES (abs(random() >> 16));
  CREATE TABLE journal_page (seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE INDEX journal_page_hour ON journal_page (series, hour);
  CREATE TABLE dated_page (seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, stretch INTEGER NOT NULL, origin INTEGER NOT NULL, received INTEGER NOT NULL, checksum INTEGER NOT NULL, body BLOB NOT NULL);
  CREATE UNIQUE INDEX dated_page_stretch ON dated_page (series, stretch, origin);
  CREATE INDEX dated_page_origin ON dated_page (origin);
  CREATE TABLE receipt (source TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE source_info (source TEXT PRIMARY KEY, received INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE touched (mark INTEGER PRIMARY KEY, attribute TEXT NOT NULL, first INTEGER NOT NULL, days BLOB NOT NULL);
  CREATE TABLE attribute (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE attribute_day (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, wanted, confirmed, readings INTEGER NOT NULL, reason TEXT,
    refused INTEGER NOT NULL DEFAULT 0, sealed INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL
  );
  CREATE TABLE definition (attribute TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE sent (seq INTEGER PRIMARY KEY, account TEXT NOT NULL, attribute TEXT NOT NULL, date TEXT NOT NULL, value NOT NULL, at INTEGER NOT NULL, outcome TEXT NOT NULL);
  CREATE INDEX sent_day ON sent (attribute, date);
  CREATE TABLE increment (id INTEGER PRIMARY KEY, account TEXT NOT NULL, attribute TEXT NOT NULL, date TEXT NOT NULL, delta REAL NOT NULL, total REAL NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL);

  CREATE TABLE ledger (account TEXT NOT NULL, attribute TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL, reacquired INTEGER, reason TEXT, PRIMARY KEY (account, attribute)) WITHOUT ROWID;
  CREATE TABLE token (account TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE request_log (seq INTEGER PRIMARY KEY, account TEXT NOT NULL, at INTEGER NOT NULL, endpoint TEXT NOT NULL, items INTEGER NOT NULL, outcome TEXT NOT NULL, ms INTEGER NOT NULL);
  CREATE INDEX request_log_at ON request_log (account, at);
  CREATE TABLE plugin_storage (scope TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
  CREATE TABLE problem (code TEXT NOT NULL, subject TEXT NOT NULL, since INTEGER NOT NULL, message TEXT NOT NULL, remedy TEXT NOT NULL, PRIMARY KEY (code, subject)) WITHOUT ROWID;
  `,
];

/** The newest schema this dayfold knows. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Schema of a database, 0 for an empty one. Throws where it is newer than this dayfold; writes nothing. */
export function schemaVersionOf(database: Database): number {
  const version = Number(database.get('PRAGMA user_version')?.['user_version']);
  if (version > SCHEMA_VERSION) {
    throw new StoreUnusable(
      'store.newer',
      `the data folder was written by a newer dayfold (schema ${version}, this one knows ${SCHEMA_VERSION}); nothing was changed: install the newer version again, or name another folder with --data`,
    );
  }
  return version;
}

/** Brings the schema up to date, each step in a transaction of its own. */
export function migrate(database: Database): void {
  for (let step = schemaVersionOf(database); step < SCHEMA_VERSION; step += 1) {
    database.transaction(() => database.script(`${MIGRATIONS[step]}; PRAGMA user_version = ${step + 1}`));
  }
}
