import { StoreUnusable } from '@dayfold/runtime';

/** SQLite's primary result codes, https://sqlite.org/rescode.html */
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** Runs work on SQLite; what a person can do something about becomes a StoreUnusable that says what. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message?: string };
    if (errcode === undefined) throw error;
    // The upper bits tell variants of one code apart.
    switch (errcode & 0xff) {
      case FULL:
        throw new StoreUnusable(
          'store.full',
          'the disk of the data folder is full; free some space, dayfold goes on by itself',
          { cause: error },
        );
      case READONLY:
      case IOERR:
      case CANTOPEN:
        throw new StoreUnusable(
          'store.readonly',
          `the data folder cannot be used: ${message}; check its permissions and the disk`,
          { cause: error },
        );
      case CORRUPT:
      case NOTADB:
        throw new StoreUnusable('store.damaged', `the database in the data folder is damaged: ${message}`, {
          cause: error,
        });
      case BUSY:
        throw new StoreUnusable(
          'store.locked',
          `another process writes to the database in the data folder: ${message}; wait for it or stop it`,
          { cause: error },
        );
      default:
        throw error;
    }
  }
}

/** Runs work on files of the data folder, as `guarded` does on its database. */
export function fileGuarded<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new StoreUnusable('store.full', `the disk of the data folder ${folder} is full; free some space`, {
        cause: error,
      });
    throw new StoreUnusable(
      'store.readonly',
      `the data folder ${folder} cannot be used: ${message}; check its permissions, or name another with --data`,
      { cause: error },
    );
  }
}
