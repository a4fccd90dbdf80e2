import { openSqliteStore } from '@dayfold/store-sqlite';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

export const NODE = [process.execPath, '--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'];

/** What commits: takes the data folder and how often, says the number of each commit that is acknowledged. */
export const COMMITTING = [...NODE, fileURLToPath(new URL('./committing-process.ts', import.meta.url))];

/** Images are many and small: in memory where the system has a place there. */
export const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** How many of its readings are there, from the first on without a gap. */
export async function readingsIn(folder: string): Promise<number> {
  await using store = await openSqliteStore({ folder });
  const stored = await store.journal.between('home.door', 0, Number.MAX_SAFE_INTEGER);
  const gap = stored.findIndex(({ value }, index) => value !== index + 1);
  return gap === -1 ? stored.length : gap;
}
