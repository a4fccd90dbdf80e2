import { ConfigInvalid, secretsFileBeside } from '@dayfold/runtime';
import { beginRestore } from '@dayfold/store-sqlite';
import type { Restoring } from '@dayfold/store-sqlite';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { configFile, dataFolder } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { BackupInvalid, CONFIGURATION, SECRETS } from '../backup/manifest.ts';
import type { Manifest } from '../backup/manifest.ts';
import { passphraseOf } from '../backup/passphrase.ts';
import type { PassphraseOptions } from '../backup/passphrase.ts';
import { isEncrypted, readArchive } from '../backup/read-archive.ts';
import { print, printJson, styled } from '../output.ts';
import { TWO_COPIES } from '../two-copies.ts';

export interface RestoreOptions extends CommonOptions, PassphraseOptions {
  readonly force?: boolean;
}

/** Verifies a backup in a folder of its own and only then makes it the store; what was there is moved aside. */
export async function restore(given: string, options: RestoreOptions): Promise<void> {
  const file = resolve(given);
  const encrypted = await isEncrypted(file);
  using restoring = beginRestore(dataFolder(options));
  const { occupants } = restoring;
  if (occupants.length > 0 && options.force !== true) {
    throw new ConfigInvalid(
      `the data folder ${dataFolder(options)} is not empty (${occupants.slice(0, 3).join(', ')}); name another with --data, or restore with --force: what is there is moved aside, nothing is deleted`,
    );
  }
  const passphrase = encrypted ? await passphraseOf(options, false) : undefined;
  const manifest = await readArchive(file, passphrase, restoring.workFolder);
  const { counts, schema } = checked(file, restoring);
  const notes = await restoreConfiguration(restoring.workFolder, manifest, options);
  const aside = restoring.finish({ at: Date.now(), backup: manifest.created });
  if (aside !== undefined) notes.push(`what was in the data folder is now in ${aside}`);
  if (counts.logins > 0)
    notes.push(
      'logins came along; should Exist no longer accept one, dayfold says so once and "dayfold connect" logs in again',
      TWO_COPIES,
    );
  else notes.push('no login is in this backup: log in again with "dayfold connect"');
  const { created, files } = manifest;
  report({ file, data: dataFolder(options), created, schema, ...counts, files, notes, aside: aside ?? null }, options);
}

function checked(file: string, restoring: Restoring): ReturnType<Restoring['check']> {
  if (!existsSync(restoring.copy)) throw new BackupInvalid(`${file} holds no database`);
  try {
    return restoring.check();
  } catch (error) {
    if ((error as { code?: string }).code !== 'store.newer') throw error;
    throw new BackupInvalid(
      `${file} was written by a newer dayfold; update dayfold and restore then. Nothing was changed`,
      {
        cause: error,
      },
    );
  }
}

/** Only where none is there: a configuration in use is never replaced. */
async function restoreConfiguration(
  from: string,
  { files, secrets }: Manifest,
  options: RestoreOptions,
): Promise<string[]> {
  const held = new Set(files.map(({ name }) => name));
  const notes: string[] = [];
  if (held.has(CONFIGURATION)) {
    const target = configurationTarget(options);
    if (existsSync(target))
      notes.push(`${target} is there already and was left as it is; the one of the backup was not restored`);
    else {
      await mkdir(dirname(target), { recursive: true });
      await copyNew(join(from, CONFIGURATION), target);
      notes.push(`restored ${target}`);
      const secretsTarget = secretsFileBeside(target);
      if (held.has(SECRETS) && existsSync(secretsTarget))
        notes.push(`${secretsTarget} is there already and was left as it is`);
      else if (held.has(SECRETS)) await copyNew(join(from, SECRETS), secretsTarget);
      if (!secrets)
        notes.push(`secrets are not in this backup: "dayfold check" names those that ${secretsTarget} lacks`);
    }
  } else notes.push('no dayfold.yaml is in this backup');
  // Only the database moves into place with the folder.
  for (const name of [CONFIGURATION, SECRETS]) await rm(join(from, name), { force: true });
  return notes;
}

function configurationTarget(options: RestoreOptions): string {
  try {
    return configFile(options);
  } catch {
    return resolve('dayfold.yaml');
  }
}

async function copyNew(from: string, to: string): Promise<void> {
  await writeFile(to, await readFile(from), { flag: 'wx', mode: 0o600, flush: true });
}

interface Report {
  readonly file: string;
  readonly data: string;
  readonly created: string;
  readonly readings: number;
  readonly attributeDays: number;
  readonly logins: number;
  readonly notes: readonly string[];
}

function report(summary: Report & Readonly<Record<string, unknown>>, { json }: RestoreOptions): void {
  if (json === true) {
    printJson(summary);
    return;
  }
  const { data, created, readings, attributeDays, logins, notes } = summary;
  print(styled('green', `Restored ${data} as of ${created}.`));
  print(`In it: ${readings} readings, ${attributeDays} attribute-days, ${logins} logins.`);
  for (const note of notes) print(`- ${note}`);
}
