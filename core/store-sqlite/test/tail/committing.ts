import type { JournalReading } from '@dayfold/runtime';
import type { SqliteStore } from '@dayfold/store-sqlite';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolder } from '../data-folder.ts';

export const DAY = { attribute: 'opens', date: '2026-03-29' } as const;

/** Of readings alone. */
export async function commit(store: SqliteStore, ...readings: JournalReading[]): Promise<void> {
  await store.journal.commit(readings, [], () => [DAY]);
}

/** Times of the readings of the door, which are less than a thousand. */
export async function stored(store: SqliteStore): Promise<readonly number[]> {
  return (await store.journal.between('home.door', 0, 1000)).map(({ at }) => at);
}

/** A folder as a process that was killed leaves it. */
export function asKilled(folder: DataFolder): DataFolder {
  const copy = new DataFolder();
  for (const name of folder.names('dayfold.db')) copyFileSync(join(folder.path, name), join(copy.path, name));
  return copy;
}
