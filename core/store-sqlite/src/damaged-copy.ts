import { StoreUnusable } from '@dayfold/runtime';
import { chmodSync, constants, copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Copies a damaged database with its write-ahead log aside and says so; the original stays as it is. Named for the time
 * of its last change, so that a daemon that is restarted again and again makes one copy.
 */
export function withDamagedCopy(folder: string, file: string, error: StoreUnusable): StoreUnusable {
  const changed = statSync(file).mtime.toISOString().replaceAll(':', '').replace(/\..*/, '');
  const aside = join(folder, `damaged-${changed}`);
  return new StoreUnusable(
    'store.damaged',
    `${error.message}. Nothing was overwritten; ${copied(file, aside)}. Put back a copy of the folder from before, or move ${file} away to begin anew: sources are read again, and "dayfold connect" logs in again`,
    { cause: error },
  );
}

function copied(file: string, aside: string): string {
  try {
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    for (const part of [file, `${file}-wal`, `${file}-shm`]) {
      const copy = join(aside, basename(part));
      if (!existsSync(part) || existsSync(copy)) continue;
      copyFileSync(part, copy, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      chmodSync(copy, 0o600);
    }
    return `a copy is in ${aside}`;
  } catch (cause) {
    return `a copy in ${aside} could not be completed (${(cause as Error).message})`;
  }
}
