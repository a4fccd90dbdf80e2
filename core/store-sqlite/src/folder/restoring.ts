import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileGuarded } from '../guarded.ts';
import { DATABASE_FILE } from './files.ts';
import { lockFolder } from './folder-lock.ts';
import { makeFolder } from './make-folder.ts';
import { adoptCopy, checkCopy, completeRestore, noteRestored, WORK } from './restored-copy.ts';
import type { StoreCounts } from './store-report.ts';

/** None of these is anybody's data. */
const NOT_DATA = new Set(['lock.db', 'lock.db-journal', 'lock.pid', 'daemon.sock', 'lost+found', WORK]);

/** A data folder held for a restore: no daemon can take it meanwhile. */
export interface Restoring extends Disposable {
  /** Empty, for this user alone, on the same disk. */
  readonly workFolder: string;
  /** Where the copy of the database belongs, to be checked. */
  readonly copy: string;
  /** Names of what the folder holds already. */
  readonly occupants: readonly string[];
  check(): { readonly schema: number; readonly counts: StoreCounts };
  /** Makes the checked copy the store. Answers with the folder that the one before was moved to. */
  finish(note: { readonly at: number; readonly backup: string }): string | undefined;
}

/** Refuses a folder that a daemon holds. Whatever happens before `finish`, the folder is as it was afterwards. */
export function beginRestore(folder: string): Restoring {
  const umask = process.umask(0o077);
  try {
    const isNew = !existsSync(folder);
    const hadLock = existsSync(join(folder, 'lock.db'));
    fileGuarded(folder, () => makeFolder(folder));
    const lock = lockFolder(folder);
    const workFolder = join(folder, WORK);
    const copy = join(workFolder, DATABASE_FILE);
    let finished = false;
    const release = (): void => {
      rmSync(workFolder, { recursive: true, force: true });
      if (!finished && !hadLock) rmSync(join(folder, 'lock.db'), { force: true });
      lock.release();
      if (!finished && isNew) rmSync(folder, { recursive: true, force: true });
    };
    try {
      return fileGuarded(folder, () => {
        completeRestore(folder);
        mkdirSync(workFolder, { mode: 0o700 });
        return {
          workFolder,
          copy,
          occupants: readdirSync(folder).filter((name) => !NOT_DATA.has(name)),
          check: () => checkCopy(copy),
          finish: (note) => {
            noteRestored(copy, note);
            const aside = fileGuarded(folder, () => adoptCopy(folder, workFolder));
            finished = true;
            return aside;
          },
          [Symbol.dispose]: release,
        };
      });
    } catch (error) {
      release();
      throw error;
    }
  } finally {
    process.umask(umask);
  }
}
