import { ConfigInvalid } from '@dayfold/sdk';
import { moduleResolve } from 'import-meta-resolve';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { faultOf } from './plugin-fault.ts';

/** A package is imported, so an entry for `import` alone is enough; `createRequire` would not find it. */
const CONDITIONS = new Set(['node', 'import']);
const INDEX_FILES = ['index.js', 'index.mjs', 'index.ts', 'index.mts'];

/** The module of a plugin at a local path: the file itself, or the entry of the folder's package. */
export function entryAt(name: string, path: string): URL {
  if (!existsSync(path)) throw new ConfigInvalid(`plugin ${name}: there is no file ${path}`);
  if (!statSync(path).isDirectory()) return pathToFileURL(path);
  const description = join(path, 'package.json');
  const { name: own, exports, main } = existsSync(description) ? packageAt(name, description) : {};
  // A package may import itself by its name, which is how its exports are read.
  if (exports !== undefined && own !== undefined) return resolved(name, own, description);
  const files = [...(main === undefined ? [] : [main, `${main}.js`, join(main, 'index.js')]), ...INDEX_FILES];
  const entry = files
    .map((file) => join(path, file))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (entry !== undefined) return pathToFileURL(entry);
  throw new ConfigInvalid(
    `plugin ${name}: the folder ${path} has no entry; name one as "exports" in its package.json, or add index.js`,
  );
}

/** The module of an installed package; undefined where none of this name is in or above the folder. */
export function entryOf(name: string, folder: string): URL | undefined {
  try {
    const url = resolved(name, name, join(folder, 'package.json'));
    // Node's own modules and addresses that hold code themselves are no packages.
    return url.protocol === 'file:' ? url : undefined;
  } catch (error) {
    if (NOT_THERE.has(faultOf((error as Error).cause).code)) return undefined;
    throw error;
  }
}

const NOT_THERE: ReadonlySet<string | undefined> = new Set(['ERR_MODULE_NOT_FOUND', 'ERR_INVALID_MODULE_SPECIFIER']);

function resolved(name: string, specifier: string, from: string): URL {
  try {
    return moduleResolve(specifier, pathToFileURL(from), CONDITIONS);
  } catch (error) {
    throw new ConfigInvalid(
      `plugin ${name} has no entry that can be imported: ${faultOf(error).message}; install another version, or tell its author`,
      { cause: error },
    );
  }
}

function packageAt(
  name: string,
  file: string,
): { readonly name?: string; readonly exports?: unknown; readonly main?: string } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch (error) {
    throw new ConfigInvalid(`plugin ${name}: ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
