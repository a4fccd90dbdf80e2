import { ConfigInvalid } from '@dayfold/sdk';
import type { Plugin } from '@dayfold/sdk';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Finds plugins: bundled ones by their short name, others by package name or by local path. */
export class PluginCatalog {
  readonly #bundled: ReadonlyMap<string, Plugin>;
  readonly #folder: string;
  readonly #loaded = new Map<string, Plugin>();

  /** `folder` is where the configuration lies; packages are looked for in its node_modules. */
  constructor(bundled: ReadonlyMap<string, Plugin>, folder: string) {
    this.#bundled = bundled;
    this.#folder = folder;
  }

  names(): readonly string[] {
    return [...this.#bundled.keys()];
  }

  bundled(): ReadonlyMap<string, Plugin> {
    return this.#bundled;
  }

  /** The plugin if it was loaded before, else undefined. */
  known(name: string): Plugin | undefined {
    return this.#bundled.get(name) ?? this.#loaded.get(name);
  }

  /** Throws ConfigInvalid with the next step when there is no such plugin. */
  async load(name: string): Promise<Plugin> {
    const known = this.known(name);
    if (known !== undefined) return known;
    const file = isPath(name) ? this.#fileOf(name) : this.#packageOf(name);
    let module: { readonly default?: unknown };
    try {
      module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
    } catch (error) {
      throw new ConfigInvalid(`plugin ${name} cannot be loaded: ${(error as Error).message}`, { cause: error });
    }
    if (!isPlugin(module.default)) {
      throw new ConfigInvalid(
        `plugin ${name}: its default export is not a plugin; it should be definePlugin({ name, config, source })`,
      );
    }
    this.#loaded.set(name, module.default);
    return module.default;
  }

  #fileOf(name: string): string {
    const path = isAbsolute(name) ? name : resolve(this.#folder, name);
    if (!existsSync(path)) throw new ConfigInvalid(`plugin ${name}: there is no file ${path}`);
    return statSync(path).isDirectory() ? createRequire(join(path, 'package.json')).resolve(path) : path;
  }

  #packageOf(name: string): string {
    try {
      return createRequire(join(this.#folder, 'package.json')).resolve(name);
    } catch (error) {
      const shorts = this.names().join(', ');
      throw new ConfigInvalid(
        `plugin ${name} is not installed; bundled are ${shorts}; install a package beside the configuration with "npm install ${name}"`,
        { cause: error },
      );
    }
  }
}

function isPath(name: string): boolean {
  return name.startsWith('.') || name.startsWith('/') || isAbsolute(name);
}

/** Told by its shape: the package may carry its own copy of the SDK. */
function isPlugin(value: unknown): value is Plugin {
  const plugin = value as Partial<Plugin> | undefined;
  return (
    plugin?.api === 1 &&
    typeof plugin.name === 'string' &&
    typeof plugin.source === 'function' &&
    Array.isArray(plugin.inject)
  );
}
