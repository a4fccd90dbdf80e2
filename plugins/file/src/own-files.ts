import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What dayfold itself is run by; both may hold passwords. */
const SETTINGS = new Set(['dayfold.yaml', 'secrets.yaml']);
/** The store, with the logins in it: the folder around it is a data folder. */
const STORE = 'dayfold.db';

/**
 * Tells the files of dayfold itself, which hold logins and passwords and are nobody's readings. A plugin is not told where
 * they lie, so they are known by their names. One of these is made for one look at the disk.
 */
export class OwnFiles {
  readonly #folders = new Map<string, Promise<boolean>>();

  /** For a path without links. */
  async has(real: string): Promise<boolean> {
    return SETTINGS.has(basename(real)) || (await this.isDataFolder(dirname(real)));
  }

  async isDataFolder(folder: string): Promise<boolean> {
    const known =
      this.#folders.get(folder) ??
      access(join(folder, STORE)).then(
        () => true,
        () => false,
      );
    this.#folders.set(folder, known);
    return await known;
  }
}
