import { ConfigInvalid } from '@dayfold/sdk';
import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { OwnFiles } from './own-files.ts';

/** One file to read: `path` as it was named, `real` after symbolic links. */
export interface FoundFile {
  readonly path: string;
  readonly real: string;
}

const KNOWN = /\.(?:csv|tsv|txt|json|jsonl|ndjson|log)(?:\.\d+)?$/i;
const MAGIC = /[*?[\]{}]/;
/** Reading from these never ends or has effects. */
const SYSTEM = /^\/(?:dev|proc|sys)(?:\/|$)/;

export interface Found {
  /** Each once however many names it has; sorted. */
  readonly files: readonly FoundFile[];
  /**
   * Links out of a folder that is read. Who may only write there must not choose what else of this machine is read; a
   * link that is named by itself was chosen by the person.
   */
  readonly astray: readonly FoundFile[];
}

/** Regular files behind files, folders and patterns; those of dayfold itself are not among them. */
export async function findFiles(patterns: readonly string[], anyName: boolean): Promise<Found> {
  const byReal = new Map<string, FoundFile>();
  const astray: FoundFile[] = [];
  const own = new OwnFiles();
  for (const pattern of patterns) {
    const { root, paths } = await pathsOf(absolute(pattern), anyName);
    for (const path of paths) {
      const found = await regular(path);
      if (found === undefined) continue;
      if (await own.has(found.real)) continue;
      if (root !== undefined && !isInside(root, found.real)) astray.push(found);
      else if (!byReal.has(found.real)) byReal.set(found.real, found);
    }
  }
  const files = [...byReal.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { files, astray: astray.filter(({ real }) => !byReal.has(real)) };
}

/** Throws ConfigInvalid for a path that is there but can never be read. */
export async function refuseForbidden(patterns: readonly string[]): Promise<void> {
  for (const pattern of patterns) {
    const path = absolute(pattern);
    if (isPattern(path)) continue;
    const info = await stat(path).catch(() => undefined);
    // What stands in for a pipe there has no path behind it.
    const real = await realpath(path).catch(() => path);
    if (SYSTEM.test(path) || SYSTEM.test(real) || (info !== undefined && !info.isFile() && !info.isDirectory())) {
      throw new ConfigInvalid(`path: ${pattern} is neither a regular file nor a folder`);
    }
    const own = new OwnFiles();
    if (info !== undefined && ((await own.has(real)) || (await own.isDataFolder(real)))) {
      throw new ConfigInvalid(`path: ${pattern} is of dayfold itself, which keeps logins there; name another`);
    }
  }
}

/** The folder to watch for a pattern, and how deep. */
export function watchedFolder(
  pattern: string,
  isFolder: (path: string) => boolean,
): { readonly folder: string; readonly depth: number | undefined } {
  const path = absolute(pattern);
  if (!isPattern(path)) return { folder: isFolder(path) ? path : dirname(path), depth: 0 };
  const parts = path.split('/');
  const first = parts.findIndex((part) => MAGIC.test(part));
  const depth = path.includes('**') ? undefined : parts.length - first - 1;
  return { folder: parts.slice(0, first).join('/') || '/', depth };
}

/** The host hands over absolute paths; elsewhere (in a test of this plugin) they are relative to where it runs. */
export function absolute(pattern: string): string {
  return resolve(pattern.replace(/^~(?=\/|$)/, homedir()));
}

/** A file that is really called `a[1].csv` is found all the same: an existing path is never taken as a pattern. */
function isPattern(path: string): boolean {
  return MAGIC.test(path);
}

/** With the folder they must lie in, unless the path names one file. */
async function pathsOf(
  path: string,
  anyName: boolean,
): Promise<{ readonly root: string | undefined; readonly paths: readonly string[] }> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() === true) {
    const names = await readdir(path);
    const paths = names
      .filter((name) => !name.startsWith('.') && (anyName || KNOWN.test(name)))
      .map((name) => join(path, name));
    return { root: await realpath(path), paths };
  }
  if (info !== undefined || !isPattern(path)) return { root: undefined, paths: [path] };
  const paths: string[] = [];
  for await (const found of glob(path)) paths.push(found);
  const root = await realpath(watchedFolder(path, () => false).folder).catch(() => undefined);
  return { root, paths };
}

function isInside(root: string, real: string): boolean {
  return real.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function regular(path: string): Promise<FoundFile | undefined> {
  try {
    const real = await realpath(path);
    return !SYSTEM.test(real) && (await stat(real)).isFile() ? { path, real } : undefined;
  } catch {
    return undefined;
  }
}
