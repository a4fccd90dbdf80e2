import { soundsSecret, StoreUnusable, withoutCredentials } from '@dayfold/runtime';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { damaged } from '../bodies/reading-columns.ts';
import { Database } from '../database.ts';
import { fileGuarded } from '../guarded.ts';
import { schemaVersionOf } from '../migrations.ts';
import { readTail } from '../tail/tail-file.ts';
import { newEdition, putRow } from '../tail/tail-rows.ts';
import { DATABASE_FILE, tailOf } from './files.ts';
import { countsOf } from './store-report.ts';
import type { StoreCounts } from './store-report.ts';

export interface StoreCopy {
  readonly schema: number;
  readonly counts: StoreCounts;
}

/**
 * Writes a consistent copy of the store to a file that does not exist yet, as of one moment, also beside a daemon that goes on
 * writing: it is neither asked nor held up. Old pages are not carried along, so nothing that was deleted is in it.
 * Without `secrets` the copy holds no login and nothing that a plugin stored under the name of a secret.
 */
export function copyStore(folder: string, file: string, options: { readonly secrets: boolean }): StoreCopy {
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new StoreUnusable(
      'store.readonly',
      `there is no dayfold data in ${folder} yet; "dayfold run" makes it, or name another folder with --data`,
    );
  }
  try {
    writeCopy(folder, file);
    fileGuarded(folder, () => chmodSync(file, 0o600));
    return finished(file, options.secrets);
  } catch (error) {
    for (const suffix of ['', '-journal']) rmSync(`${file}${suffix}`, { force: true });
    throw error;
  }
}

function writeCopy(folder: string, file: string): void {
  const source = join(folder, DATABASE_FILE);
  const watching = new Database(source, { readOnly: true });
  const copy = new Database(file);
  try {
    const schema = schemaVersionOf(watching);
    const uri = pathToFileURL(source);
    uri.searchParams.set('mode', 'ro');
    copy.run('ATTACH ? AS source', uri.href);
    while (!copy.transaction(() => isCopied(copy, watching, tailOf(source))));
    copy.script(`PRAGMA user_version = ${schema}`);
  } finally {
    copy.close();
    watching.close();
  }
}

/**
 * In write-ahead mode a reader sees one moment, and nobody waits for it. The tail's file has none: what it holds is of that
 * moment where the database did not change until it was read. Else nothing is copied, and the answer is false.
 */
function isCopied(copy: Database, watching: Database, tail: string): boolean {
  const version = watching.version();
  const edition = Number(copy.get('SELECT edition FROM source.tail_edition')?.['edition']);
  const { records, isDamaged } = readTail(tail, edition);
  if (watching.version() !== version) return false;
  if (isDamaged) throw damaged();
  for (const { sql } of copy.all(
    "SELECT sql FROM source.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type = 'index'",
  ))
    copy.script(String(sql));
  for (const { name } of copy.all(
    "SELECT name FROM source.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  ))
    copy.script(`INSERT INTO main."${String(name)}" SELECT * FROM source."${String(name)}"`);
  // A copy is one file: what came last stands in the table of the tail.
  for (const record of records) putRow(copy, record);
  newEdition(copy);
  return true;
}

function finished(file: string, secrets: boolean): StoreCopy {
  const database = new Database(file);
  try {
    if (!secrets) forgetSecrets(database);
    const found = database.check();
    if (found !== 'ok') throw new StoreUnusable('store.damaged', `the copy of the database is damaged: ${found}`);
    return { schema: schemaVersionOf(database), counts: countsOf(database) };
  } finally {
    database.close();
  }
}

function forgetSecrets(database: Database): void {
  database.script('PRAGMA secure_delete = ON');
  database.transaction(() => {
    database.run('DELETE FROM token');
    database.run("DELETE FROM plugin_storage WHERE scope = 'dayfold' AND key LIKE 'login.%'");
    for (const { scope, key, value } of database.all("SELECT * FROM plugin_storage WHERE scope <> 'dayfold'")) {
      if (soundsSecret(String(key)) || holdsCredentials(String(key)) || holdsSecret(String(value)))
        database.run('DELETE FROM plugin_storage WHERE scope = ? AND key = ?', String(scope), String(key));
    }
    // They come again while they last.
    for (const { code, subject, message } of database.all('SELECT code, subject, message FROM problem')) {
      if (holdsCredentials(String(message)))
        database.run('DELETE FROM problem WHERE code = ? AND subject = ?', String(code), String(subject));
    }
  });
  // Pages that are free now would keep what stood in them.
  database.script('VACUUM');
}

function holdsSecret(json: string): boolean {
  let found = false;
  JSON.parse(json, (name, value: unknown) => {
    found ||= soundsSecret(name) || holdsCredentials(name) || (typeof value === 'string' && holdsCredentials(value));
    return value;
  });
  return found;
}

/** In an address. */
function holdsCredentials(text: string): boolean {
  return withoutCredentials(text) !== text;
}
