import { StoreUnusable } from '@dayfold/runtime';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';

/** One process a data folder. SQLite's file lock is given back by the system even after kill -9; the text says who has it. */
export function lockFolder(folder: string): { release(): void } {
  const file = join(folder, 'lock.db');
  const holder = join(folder, 'lock.pid');
  const connection = new DatabaseSync(file);
  try {
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    throw new StoreUnusable('store.locked', `the data folder ${folder} is in use by process ${holderOf(holder)}; stop that dayfold, or name another folder with --data`, { cause: error });
  }
  chmodSync(file, 0o600);
  writeFileSync(holder, String(process.pid), { mode: 0o600 });
  return { release: () => connection.close() };
}

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
