import { ConfigInvalid } from '@dayfold/sdk';
import { glob, readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** One file to read: `path` as it was named, `real` after symbolic links. */
export interface FoundFile {
  readonly path: string;
  readonly real: string;
}

const KNOWN = /\.(?:csv|tsv|txt|json|jsonl|ndjson|log)(?:\.\d+)?$/i;
const MAGIC = /[*?[\]{}]/;
/** Reading from these never ends or has effects. */
const SYSTEM = /^\/(?:dev|proc|sys)(?:\/|$)/;

/** Regular files behind files, folders and patterns, each once however many names it has; sorted. */
export async function findFiles(patterns: readonly string[], anyName: boolean): Promise<readonly FoundFile[]> {
  const byReal = new Map<string, FoundFile>();
  for (const pattern of patterns) {
    for (const path of await pathsOf(absolute(pattern), anyName)) {
      const found = await regular(path);
      if (found !== undefined && !byReal.has(found.real)) byReal.set(found.real, found);
    }
  }
  return [...byReal.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Throws ConfigInvalid for a path that is there but can never be read. */
export async function refuseSpecialFiles(patterns: readonly string[]): Promise<void> {
  for (const pattern of patterns) {
    const path = absolute(pattern);
    if (isPattern(path)) continue;
    const info = await stat(path).catch(() => undefined);
    const real = info === undefined ? path : await realpath(path);
    if (SYSTEM.test(real) || (info !== undefined && !info.isFile() && !info.isDirectory())) {
      throw new ConfigInvalid(`path: ${pattern} is neither a regular file nor a folder`);
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

async function pathsOf(path: string, anyName: boolean): Promise<readonly string[]> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory() === true) {
    const names = await readdir(path);
    return names
      .filter((name) => !name.startsWith('.') && (anyName || KNOWN.test(name)))
      .map((name) => join(path, name));
  }
  if (info !== undefined || !isPattern(path)) return [path];
  const paths: string[] = [];
  for await (const found of glob(path)) paths.push(found);
  return paths;
}

async function regular(path: string): Promise<FoundFile | undefined> {
  try {
    const real = await realpath(path);
    return !SYSTEM.test(real) && (await stat(real)).isFile() ? { path, real } : undefined;
  } catch {
    return undefined;
  }
}
