import { StoreUnusable } from '@dayfold/runtime';
import type { Store } from '@dayfold/runtime';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { damaged, intact, lastSeriesIn } from '../bodies/reading-columns.ts';
import { Database } from '../database.ts';
import { SqliteLedger, SqliteRequestLog, SqliteTokens } from '../days/sqlite-accounts.ts';
import { SqliteAttributeDays } from '../days/sqlite-attribute-days.ts';
import { SqliteChanges } from '../days/sqlite-changes.ts';
import { SqliteOutbox } from '../days/sqlite-outbox.ts';
import { SqliteKeyValues, SqliteProblems } from '../days/sqlite-problems.ts';
import { TouchedMarks } from '../days/touched-marks.ts';
import { fileGuarded } from '../guarded.ts';
import { SqliteJournal } from '../journal/sqlite-journal.ts';
import { migrate, SCHEMA_VERSION, schemaVersionOf } from '../migrations.ts';
import { readTail, TailFile } from '../tail/tail-file.ts';
import { editionOf } from '../tail/tail-rows.ts';
import { adoptSalvaged, withDamagedCopy } from './damaged-copy.ts';
import { DATABASE_FILE, OPEN_MARK, tailOf } from './files.ts';
import { lockFolder } from './folder-lock.ts';
import { makeFolder } from './make-folder.ts';
import { completeRestore } from './restored-copy.ts';

export interface SqliteStoreOptions {
  readonly folder: string;
  /** Only reads, without the folder's lock: beside a running daemon. Nothing stored is made or changed. */
  readonly readOnly?: boolean;
}

/** The store of a data folder. */
export type SqliteStore = Store;

/** Opens the store of a data folder, makes both where they are missing, and holds the folder until it is closed. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  return options.readOnly === true ? openReadOnly(options.folder) : openLocked(options.folder);
}

/** A store in memory, gone with the process: for `replay` and for tests. */
export function openMemoryStore(): SqliteStore {
  const database = new Database(':memory:');
  migrate(database);
  return storeOn(database, () => database.close());
}

function openReadOnly(folder: string): SqliteStore {
  const file = join(folder, DATABASE_FILE);
  if (!existsSync(file)) {
    throw new StoreUnusable(
      'store.readonly',
      `there is no dayfold data in ${folder} yet; "dayfold run" makes it, or name another folder with --data`,
    );
  }
  const database = new Database(file, { readOnly: true });
  try {
    if (schemaVersionOf(database) < SCHEMA_VERSION) {
      throw new StoreUnusable(
        'store.readonly',
        `the data folder ${folder} was written by an older dayfold; "dayfold run" brings it up to date`,
      );
    }
    return storeOn(database, () => database.close(), new TailFile(tailOf(file)));
  } catch (error) {
    database.close();
    throw error;
  }
}

function openLocked(folder: string): SqliteStore {
  const file = join(folder, DATABASE_FILE);
  const mark = join(folder, OPEN_MARK);
  // Whatever is made in here is for this user alone.
  const umask = process.umask(0o077);
  let lock: { release(): void } | undefined;
  let database: Database | undefined;
  try {
    fileGuarded(folder, () => makeFolder(folder));
    lock = lockFolder(folder);
    fileGuarded(folder, () => completeRestore(folder));
    if (!existsSync(file)) fileGuarded(folder, () => beginWithSalvaged(folder, file));
    if (existsSync(file)) {
      // A rollback journal is of a first start that was cut off: only a connection that writes can undo it.
      if (!existsSync(`${file}-journal`)) checkUntouched(file, existsSync(mark));
      fileGuarded(folder, () => chmodSync(file, 0o600));
    }
    database = new Database(file);
    // FULL: with NORMAL a power cut loses transactions that were already acknowledged.
    database.script('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
    migrate(database);
    const tail = new TailFile(tailOf(file));
    const store = storeOn(database, closed(database, tail, lock, mark), tail);
    fileGuarded(folder, () => writeFileSync(mark, '', { mode: 0o600 }));
    return store;
  } catch (error) {
    database?.close();
    const reported =
      (error as StoreUnusable).code === 'store.damaged' ? withDamagedCopy(folder, file, error as StoreUnusable) : error;
    lock?.release();
    throw reported;
  } finally {
    process.umask(umask);
  }
}

/** A damaged database was moved away: the newest of what was saved takes its place. */
function beginWithSalvaged(folder: string, file: string): void {
  const damaged = readdirSync(folder).filter((name) => name.startsWith('damaged-'));
  damaged
    .toSorted()
    .toReversed()
    .some((name) => adoptSalvaged(file, join(folder, name)));
}

/** Through a connection that cannot write: a damaged or newer database stays as it is, to the byte. */
function checkUntouched(file: string, wasUnclean: boolean): void {
  const database = new Database(file, { readOnly: true });
  try {
    const version = schemaVersionOf(database);
    database.get('SELECT count(*) FROM sqlite_schema');
    const found = wasUnclean ? database.check() : 'ok';
    if (found !== 'ok')
      throw new StoreUnusable('store.damaged', `the database in the data folder is damaged: ${found}`);
    if (wasUnclean && version > 0) checkReadings(database, tailOf(file));
  } finally {
    database.close();
  }
}

/** SQLite's own check looks at its structures and not at what they hold. */
function checkReadings(database: Database, tail: string): void {
  for (const table of ['journal_tail', 'journal_page', 'dated_page'])
    for (const { checksum, body } of database.iterate(`SELECT checksum, body FROM ${table}`)) intact(body, checksum);
  const inFile = readTail(tail, editionOf(database));
  // A disk that forgot what it had kept may have kept more of the one than of the other.
  const series = Number(database.get('SELECT coalesce(max(id), 0) AS last FROM series')?.['last']);
  if (inFile.isDamaged || inFile.records.some(({ body }) => lastSeriesIn(body) > series)) throw damaged();
}

function closed(database: Database, tail: TailFile, lock: { release(): void }, mark: string): () => void {
  return () => {
    tail.close();
    database.close();
    // With damage met the mark stays: the next start looks closely.
    if (!database.isDamaged) rmSync(mark, { force: true });
    lock.release();
  };
}

function storeOn(database: Database, closed: () => void, tail?: TailFile): SqliteStore {
  const touched = new TouchedMarks(database);
  const journal = new SqliteJournal(database, touched, tail);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    if (!database.isReadOnly) journal.close();
    closed();
  };
  return {
    journal,
    attributeDays: new SqliteAttributeDays(database, touched),
    outbox: new SqliteOutbox(database),
    ledger: new SqliteLedger(database),
    tokens: new SqliteTokens(database),
    requestLog: new SqliteRequestLog(database),
    problems: new SqliteProblems(database),
    keyValues: new SqliteKeyValues(database),
    changes: new SqliteChanges(database),
    close,
    [Symbol.asyncDispose]: close,
  };
}
