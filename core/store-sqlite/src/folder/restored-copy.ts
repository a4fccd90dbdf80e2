import { StoreUnusable } from '@dayfold/runtime';
import { existsSync, fsyncSync, mkdirSync, openSync, closeSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Database } from '../database.ts';
import { documentOf, tokenOf } from '../days/token-document.ts';
import { schemaVersionOf } from '../migrations.ts';
import { COMPANIONS, DATABASE_FILE, OPEN_MARK } from './files.ts';
import { countsOf } from './store-report.ts';
import type { StoreCounts } from './store-report.ts';

/** A copy that is whole stands here; whoever opens the folder next puts it in place. */
const RESTORED = 'restored';
/** Where a copy is unpacked and checked. */
export const WORK = 'restoring';
/** Key in the scope `dayfold`: this folder was restored once, and from what. */
export const RESTORED_KEY = 'restored';

/** Looks through a copy from a backup. Throws where it is damaged, of a newer schema, or nothing that dayfold wrote. */
export function checkCopy(file: string): { readonly schema: number; readonly counts: StoreCounts } {
  const database = new Database(file, { readOnly: true });
  try {
    const schema = schemaVersionOf(database);
    const found = database.checkThoroughly();
    if (found !== 'ok') throw new StoreUnusable('store.damaged', `the database in the backup is damaged: ${found}`);
    // No schema of ours has code in it, which would run with whoever opens the store.
    const foreign = Number(
      database.get(
        "SELECT count(*) AS n FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR sql LIKE '%VIRTUAL%'",
      )?.['n'],
    );
    const journals = Number(database.get("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'journal'")?.['n']);
    if (schema === 0 || foreign > 0 || journals === 0)
      throw new StoreUnusable('store.damaged', 'the database in the backup was not written by dayfold');
    return { schema, counts: countsOf(database) };
  } finally {
    database.close();
  }
}

/**
 * Notes in a copy that it was restored, and puts its logins in doubt: Exist may have given out newer tokens since, so the first
 * use tries the access token and refreshes at most once.
 */
export function noteRestored(file: string, note: { readonly at: number; readonly backup: string }): void {
  const database = new Database(file);
  try {
    database.transaction(() => {
      for (const { account, document } of database.all('SELECT account, document FROM token')) {
        const token = tokenOf(String(document));
        const doubted = documentOf({ ...token, refreshIntentAt: token.refreshIntentAt ?? note.at });
        if (!token.dead) database.run('UPDATE token SET document = ? WHERE account = ?', doubted, String(account));
      }
      database.run(
        "INSERT OR REPLACE INTO plugin_storage (scope, key, value) VALUES ('dayfold', ?, ?)",
        RESTORED_KEY,
        JSON.stringify(note),
      );
    });
  } finally {
    database.close();
  }
  synced(file);
}

/** Decides for the copy: from here on it is the store, also when the process dies at once. Answers with where the old one went. */
export function adoptCopy(folder: string, workFolder: string): string | undefined {
  rmSync(join(folder, RESTORED), { recursive: true, force: true });
  synced(workFolder);
  renameSync(workFolder, join(folder, RESTORED));
  synced(folder);
  return completeRestore(folder);
}

/**
 * Puts a decided copy in place, also after it was interrupted in the middle; what was there before moves aside. One that was
 * not decided is cleared away.
 */
export function completeRestore(folder: string): string | undefined {
  rmSync(join(folder, WORK), { recursive: true, force: true });
  const copy = join(folder, RESTORED, DATABASE_FILE);
  if (!existsSync(copy)) return undefined;
  // Named for the copy, so that a second attempt goes on with the same folder.
  const aside = join(folder, `replaced-${statSync(copy).mtime.toISOString().replaceAll(':', '').replace(/\..*/, '')}`);
  const names = [OPEN_MARK, ...COMPANIONS.map((suffix) => `${DATABASE_FILE}${suffix}`), DATABASE_FILE];
  for (const name of names.filter((each) => existsSync(join(folder, each)))) {
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    renameSync(join(folder, name), join(aside, name));
  }
  renameSync(copy, join(folder, DATABASE_FILE));
  rmSync(dirname(copy), { recursive: true });
  synced(folder);
  return existsSync(aside) ? aside : undefined;
}

function synced(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
