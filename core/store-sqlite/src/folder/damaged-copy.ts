import { StoreUnusable } from '@dayfold/runtime';
import {
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { COMPANIONS, tailOf } from './files.ts';
import { restoreFirstPage } from './first-page.ts';
import { salvage } from './salvage.ts';
import type { Salvaged } from './salvage.ts';

const SALVAGED = 'salvaged.db';
const REPORT = 'salvaged.txt';
const SUFFIXES = ['', ...COMPANIONS];

/**
 * Copies a damaged database with its write-ahead log aside, saves what can be read of it into a new one beside the copy,
 * and says so; the original stays as it is. Named for the time of its last change, so that a daemon that is restarted
 * again and again does it once.
 */
export function withDamagedCopy(folder: string, file: string, error: StoreUnusable): StoreUnusable {
  const times = [file, `${file}-wal`, tailOf(file)].map(
    (name) => statSync(name, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  const changed = new Date(Math.max(...times)).toISOString().replaceAll(/[:.]/g, '');
  const aside = join(folder, `damaged-${changed}`);
  return new StoreUnusable(
    'store.damaged',
    `${error.message}. Nothing was overwritten; ${copied(file, aside)}. Put back a copy of the folder from before, or move ${file} away to begin anew${beginning(file, aside)}`,
    { cause: error },
  );
}

/** With no database in the folder: what was saved of the one that was moved away. True when it stands in its place now. */
export function adoptSalvaged(file: string, aside: string): boolean {
  const salvaged = join(aside, SALVAGED);
  if (!existsSync(salvaged)) return false;
  // They belong to the one that is gone; the copy has them.
  for (const suffix of COMPANIONS) rmSync(`${file}${suffix}`, { force: true });
  renameSync(salvaged, file);
  return true;
}

function copied(file: string, aside: string): string {
  try {
    mkdirSync(aside, { recursive: true, mode: 0o700 });
    for (const suffix of SUFFIXES) copyOnce(`${file}${suffix}`, join(aside, basename(`${file}${suffix}`)));
    return `a copy is in ${aside}`;
  } catch (cause) {
    return `a copy in ${aside} could not be completed (${(cause as Error).message})`;
  }
}

function beginning(file: string, aside: string): string {
  const again = 'sources are read again, and "dayfold connect" logs in again';
  try {
    const report = join(aside, REPORT);
    if (!existsSync(report)) writeFileSync(report, reportOf(savedFrom(file, aside)), { mode: 0o600 });
    if (!existsSync(join(aside, SALVAGED))) return `: nothing of it could be read, ${again}`;
    return ` with what could be read: ${readFileSync(report, 'utf8')}. To begin with nothing move ${aside} away too`;
  } catch (cause) {
    return `: what can be read could not be saved (${(cause as Error).message}), ${again}`;
  }
}

/** From a second copy, for looking changes it; with another first page where that one says nothing. Undefined: nothing could be read. */
function savedFrom(file: string, aside: string): Salvaged | undefined {
  const work = join(aside, 'work.db');
  const part = join(aside, 'part.db');
  const empty = join(aside, 'empty.db');
  try {
    for (const suffix of SUFFIXES) copyOnce(join(aside, basename(`${file}${suffix}`)), `${work}${suffix}`);
    let saved = salvage(work, part);
    if (!hasAny(saved)) {
      removeDatabase(part);
      restoreFirstPage(work, empty);
      saved = salvage(work, part);
    }
    if (!hasAny(saved)) return undefined;
    chmodSync(part, 0o600);
    renameSync(part, join(aside, SALVAGED));
    return saved;
  } finally {
    for (const left of [work, part, empty]) removeDatabase(left);
  }
}

function hasAny({ readings, days, entries, tokens }: Salvaged): boolean {
  return readings + days + entries + tokens > 0;
}

function removeDatabase(file: string): void {
  for (const suffix of [...SUFFIXES, '-journal']) rmSync(`${file}${suffix}`, { force: true });
}

function reportOf(saved: Salvaged | undefined): string {
  if (saved === undefined) return 'nothing';
  const { readings, days, entries, tokens, isWhole } = saved;
  const counts = `${readings} readings, ${days} attribute-days, ${entries} ledger entries, ${tokens} logins`;
  return isWhole
    ? `${counts}; nothing of these is lost`
    : `${counts}; some are lost, and days that are over keep the values they had`;
}

function copyOnce(from: string, to: string): void {
  if (!existsSync(from) || existsSync(to)) return;
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  chmodSync(to, 0o600);
}
