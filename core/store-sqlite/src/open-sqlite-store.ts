import { StoreUnusable } from '@dayfold/runtime';
import type { Store } from '@dayfold/runtime';
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { SqliteLedger, SqliteRequestLog, SqliteTokens } from './sqlite-accounts.ts';
import { SqliteAttributeDays } from './sqlite-attribute-days.ts';
import { SqliteJournal } from './sqlite-journal.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { SqliteKeyValues, SqliteProblems } from './sqlite-problems.ts';
import { TouchedMarks } from './touched-marks.ts';

const FILE = 'dayfold.db';
/** Stands beside the database while it is open: found at the start, the last stop was not a clean one. */
const OPEN_MARK = 'open';

/** Opens the store of a data folder, makes both where they are missing, and holds the folder until it is closed. */
export async function openSqliteStore(options: { readonly folder: string }): Promise<Store> {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(folder);
  try {
    const database = openChecked(folder);
    return storeOn(database, () => {
      database.close();
      rmSync(join(folder, OPEN_MARK), { force: true });
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** A store in memory, gone with the process: for `replay` and for tests. */
export function openMemoryStore(): Store {
  const database = new Database(':memory:');
  return storeOn(database, () => database.close());
}

function openChecked(folder: string): Database {
  const file = join(folder, FILE);
  const wasUnclean = existsSync(join(folder, OPEN_MARK));
  const old = process.umask(0o077);
  let database: Database | undefined;
  try {
    database = new Database(file);
    if (wasUnclean) {
      const found = database.check();
      if (found !== 'ok') throw new StoreUnusable('store.damaged', `the database in the data folder is damaged: ${found}`);
    }
  } catch (error) {
    database?.close();
    if ((error as StoreUnusable).code === 'store.damaged') throw savedAside(folder, error as StoreUnusable);
    throw error;
  } finally {
    process.umask(old);
  }
  chmodSync(file, 0o600);
  writeFileSync(join(folder, OPEN_MARK), '', { mode: 0o600 });
  return database;
}

/** Copies what is there; the original stays untouched. */
function savedAside(folder: string, error: StoreUnusable): StoreUnusable {
  const aside = join(folder, 'damaged');
  mkdirSync(aside, { recursive: true, mode: 0o700 });
  for (const suffix of ['', '-wal', '-shm']) {
    const file = join(folder, FILE + suffix);
    if (existsSync(file)) cpSync(file, join(aside, FILE + suffix), { force: false, errorOnExist: false });
  }
  return new StoreUnusable(
    'store.damaged',
    `${error.message}. Nothing was overwritten; a copy is in ${aside}. Restore a copy of the folder from before, or move ${join(folder, FILE)} away to begin anew: sources are read again, and "dayfold connect" logs in again`,
    { cause: error },
  );
}

function storeOn(database: Database, closed: () => void): Store {
  const touched = new TouchedMarks(database);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) closed();
    isOpen = false;
  };
  return {
    journal: new SqliteJournal(database, touched),
    attributeDays: new SqliteAttributeDays(database, touched),
    outbox: new SqliteOutbox(database),
    ledger: new SqliteLedger(database),
    tokens: new SqliteTokens(database),
    requestLog: new SqliteRequestLog(database),
    problems: new SqliteProblems(database),
    keyValues: new SqliteKeyValues(database),
    close,
    [Symbol.asyncDispose]: close,
  };
}
