import { ConfigInvalid, StoreUnusable } from '@dayfold/runtime';
import { copyStore } from '@dayfold/store-sqlite';
import type { StoreCopy } from '@dayfold/store-sqlite';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { dataFolder } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { configurationParts } from '../backup/configuration-parts.ts';
import { DATABASE, FORMAT } from '../backup/manifest.ts';
import { passphraseOf } from '../backup/passphrase.ts';
import type { PassphraseOptions } from '../backup/passphrase.ts';
import { writeArchive } from '../backup/write-archive.ts';
import { interruption } from '../interruption.ts';
import { print, printJson, styled } from '../output.ts';
import { VERSION } from '../version.ts';

export interface BackupOptions extends CommonOptions, PassphraseOptions {
  /** False by `--no-secrets`. */
  readonly secrets: boolean;
  readonly force?: boolean;
}

/** One file with the store as it is at this moment and the configuration; a running daemon goes on meanwhile. */
export async function backup(given: string, options: BackupOptions): Promise<void> {
  const file = resolve(given);
  refuseUnlessWritable(file, options);
  const data = dataFolder(options);
  await checkStore(data);
  const passphrase = options.secrets ? await passphraseOf(options, true) : undefined;
  using interrupted = interruption();
  const { parts, notes } = await configurationParts(options, options.secrets);
  const created = new Date().toISOString();
  const { copy, handle } = await openCopy(data, options.secrets);
  try {
    const about = { format: FORMAT, dayfold: VERSION, created, schema: copy.schema, secrets: options.secrets };
    const { bytes, manifest } = await writeArchive(file, about, [...parts, { name: DATABASE, content: handle }], {
      passphrase,
      signal: interrupted.signal,
      progress: progressOn(process.stderr, options),
    });
    report({ file, bytes, encrypted: options.secrets, ...manifest, ...copy.counts, notes }, options);
  } finally {
    await handle.close();
  }
}

function refuseUnlessWritable(file: string, { force }: BackupOptions): void {
  if (existsSync(file) && force !== true)
    throw new ConfigInvalid(
      `${file} exists already and is left as it is; name another file, or overwrite it with --force`,
    );
  if (!existsSync(dirname(file))) throw new ConfigInvalid(`there is no folder ${dirname(file)} to write the backup to`);
}

/** The copy stands in the data folder for a moment, since nobody else may read that. */
async function checkStore(data: string): Promise<void> {
  const size = (await stat(join(data, DATABASE)).catch(() => undefined))?.size ?? 0;
  const { bavail, bsize } = await statfs(data).catch(() => ({ bavail: Number.POSITIVE_INFINITY, bsize: 1 }));
  if (bavail * bsize < size)
    throw new StoreUnusable(
      'store.full',
      `a backup needs ${Math.ceil(size / 1_000_000)} MB for a moment on the disk of ${data}, which has less left; free some space`,
    );
}

/** Already without a name when it is handed over: also a process that is killed leaves nothing behind. */
async function openCopy(
  data: string,
  secrets: boolean,
): Promise<{ readonly copy: StoreCopy; readonly handle: FileHandle }> {
  await removeLeftovers(data);
  const folder = existsSync(data) ? await mkdtemp(join(data, TEMPORARY)) : data;
  try {
    const file = join(folder, DATABASE);
    const copy = copyStore(data, file, { secrets });
    return { copy, handle: await open(file, 'r') };
  } finally {
    if (folder !== data) await rm(folder, { recursive: true, force: true });
  }
}

const TEMPORARY = 'backing-up-';
/** Longer than any copy takes. */
const LEFTOVER_MS = 24 * 3_600_000;

async function removeLeftovers(data: string): Promise<void> {
  const names = await readdir(data).catch((): string[] => []);
  for (const name of names.filter((each) => each.startsWith(TEMPORARY))) {
    const { mtimeMs } = await stat(join(data, name));
    if (mtimeMs < Date.now() - LEFTOVER_MS) await rm(join(data, name), { recursive: true, force: true });
  }
}

function progressOn(stream: NodeJS.WriteStream, { json }: BackupOptions): (done: number) => void {
  let shown = -1;
  return (done) => {
    const percent = Math.floor(done * 100);
    if (!stream.isTTY || json === true || percent === shown) return;
    shown = percent;
    stream.write(percent === 100 ? '\r\u001B[K' : `\r\u001B[Kwriting the backup: ${percent} %`);
  };
}

interface Report {
  readonly file: string;
  readonly bytes: number;
  readonly encrypted: boolean;
  readonly readings: number;
  readonly attributeDays: number;
  readonly ledgerEntries: number;
  readonly logins: number;
  readonly files: readonly { readonly name: string }[];
  readonly notes: readonly string[];
}

function report(summary: Report, options: BackupOptions): void {
  if (options.json === true) {
    printJson(summary);
    return;
  }
  const { file, bytes, encrypted, readings, attributeDays, logins, files, notes } = summary;
  print(
    styled(
      'green',
      `Wrote ${file}: ${(bytes / 1_000_000).toFixed(1)} MB, ${encrypted ? 'encrypted' : 'not encrypted'}.`,
    ),
  );
  print(
    `In it: ${readings} readings, ${attributeDays} attribute-days, ${logins} logins; ${files.map(({ name }) => name).join(', ')}.`,
  );
  for (const note of notes) print(styled('yellow', `! ${note}`));
  if (encrypted) print('Keep the passphrase elsewhere: without it nobody can open this file.');
}
