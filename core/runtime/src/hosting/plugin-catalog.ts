import { ConfigInvalid } from '@dayfold/sdk';
import type { Plugin } from '@dayfold/sdk';
import { isAbsolute, resolve } from 'node:path';
import { closest } from '../config/mistakes.ts';
import type { Clock } from '../day/clock.ts';
import { SystemClock } from '../day/system-clock.ts';
import { entryAt, entryOf } from './plugin-entry.ts';
import { faultOf } from './plugin-fault.ts';

/** The plugin API of this host. */
const API = 1;
/** A module that awaits at its top level what never comes would hold up every other source. */
const LOADING_MS = 30_000;

/** A plugin, or what loads it when it is asked for. */
export type BundledPlugin = Plugin | (() => Promise<Plugin>);

/** Finds plugins: bundled ones by their short name, others by package name or by local path. */
export class PluginCatalog {
  readonly #bundled: ReadonlyMap<string, BundledPlugin>;
  readonly #folder: string;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #loaded = new Map<string, Plugin>();

  /** `folder` is where the configuration lies; packages are looked for in its node_modules. */
  constructor(
    bundled: ReadonlyMap<string, BundledPlugin>,
    folder: string,
    clock: Pick<Clock, 'sleep'> = new SystemClock(),
  ) {
    this.#bundled = bundled;
    this.#folder = folder;
    this.#clock = clock;
  }

  names(): readonly string[] {
    return [...this.#bundled.keys()];
  }

  /** The plugin if it was loaded before, else undefined. */
  known(name: string): Plugin | undefined {
    return this.#loaded.get(name);
  }

  /** Throws ConfigInvalid with the next step when there is no such plugin. */
  async load(name: string): Promise<Plugin> {
    const known = this.known(name);
    if (known !== undefined) return known;
    const bundled = this.#bundled.get(name);
    const plugin = bundled === undefined ? await this.#installed(name) : await loaded(bundled);
    this.#loaded.set(name, plugin);
    return plugin;
  }

  /** From a package or a path outside dayfold. */
  async #installed(name: string): Promise<Plugin> {
    const entry = isPath(name) ? entryAt(name, resolve(this.#folder, name)) : this.#packageEntry(name);
    let module: { readonly default?: unknown };
    try {
      module = await this.#imported(entry);
    } catch (error) {
      throw new ConfigInvalid(`plugin ${name} cannot be loaded: ${faultOf(error).message}; ${nextStep(error)}`, {
        cause: error,
      });
    }
    return checkedPlugin(name, module.default);
  }

  async #imported(entry: URL): Promise<{ readonly default?: unknown }> {
    const loaded = new AbortController();
    const late = this.#clock.sleep(LOADING_MS, loaded.signal).then(() => {
      throw new Error(`it was not loaded after ${LOADING_MS / 1000} s`);
    });
    late.catch(() => undefined);
    try {
      return (await Promise.race([import(entry.href), late])) as { readonly default?: unknown };
    } finally {
      loaded.abort();
    }
  }

  #packageEntry(name: string): URL {
    const entry = entryOf(name, this.#folder);
    if (entry !== undefined) return entry;
    const meant = closest(name, this.names());
    throw new ConfigInvalid(
      `plugin ${name} is not installed; ${meant === undefined ? '' : `did you mean "${meant}"? `}bundled are ${this.names().join(', ')}; install a package beside the configuration with "npm install ${name}" in ${this.#folder}`,
    );
  }
}

async function loaded(plugin: BundledPlugin): Promise<Plugin> {
  return typeof plugin === 'function' ? await plugin() : plugin;
}

function isPath(name: string): boolean {
  return name.startsWith('.') || isAbsolute(name);
}

function nextStep(error: unknown): string {
  return faultOf(error).code === 'ERR_MODULE_NOT_FOUND'
    ? 'install what it needs with "npm install" where it lies'
    : 'correct it if it is yours; else install another version, or tell its author';
}

/** Told by its shape: the package may carry its own copy of the SDK and of zod. */
function checkedPlugin(name: string, value: unknown): Plugin {
  const plugin = (value ?? {}) as Partial<Record<keyof Plugin, unknown>>;
  const { api, config } = plugin;
  if (typeof api === 'number' && api > API && typeof plugin.name === 'string') {
    throw new ConfigInvalid(
      `plugin ${name} is made for plugin API ${api}, and this dayfold has ${API}; update dayfold, or install an older version of the plugin`,
    );
  }
  if (
    api !== API ||
    typeof plugin.name !== 'string' ||
    typeof plugin.source !== 'function' ||
    !Array.isArray(plugin.inject)
  ) {
    throw new ConfigInvalid(
      `plugin ${name}: its default export is not a plugin; it should be definePlugin({ name, config, source })`,
    );
  }
  if (
    typeof (config as { safeParseAsync?: unknown } | undefined)?.safeParseAsync !== 'function' ||
    !('_zod' in Object(config))
  )
    throw new ConfigInvalid(
      `plugin ${name}: its "config" is not a schema of zod 4; update the plugin, or tell its author`,
    );
  return value as Plugin;
}
