import { StoreUnusable } from '@dayfold/runtime';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { Database } from '../database.ts';
import { fileGuarded } from '../guarded.ts';

/** One daemon a data folder. SQLite's file lock is given back by the system even after kill -9; the text says who has it. */
export function lockFolder(folder: string): { release(): void } {
  const holder = join(folder, 'lock.pid');
  const database = new Database(join(folder, 'lock.db'));
  try {
    database.script('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as StoreUnusable).code !== 'store.locked') throw error;
    throw new StoreUnusable(
      'store.locked',
      `the data folder ${folder} is in use by process ${holderOf(holder)}; stop that dayfold, or name another folder with --data`,
      { cause: error },
    );
  }
  try {
    fileGuarded(folder, () => writeFileSync(holder, `${process.pid} on ${hostname()}`, { mode: 0o600 }));
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    release: () => {
      rmSync(holder, { force: true });
      database.close();
    },
  };
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
