import { ConfigInvalid, configurationJsonSchema } from '@dayfold/runtime';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { parse } from 'yaml';
import { bundledPlugins, configFile, pluginCatalog } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { printJson } from '../output.ts';

/** The JSON Schema of dayfold.yaml: with the options of the bundled plugins, and of those that a configuration in reach names. */
export async function schema(options: CommonOptions): Promise<void> {
  const file = fileInReach(options);
  const catalog = await pluginCatalog(file ?? 'dayfold.yaml');
  const plugins = new Map([...(await bundledPlugins())].map(([name, plugin]) => [name, plugin.config]));
  for (const name of file === undefined ? [] : await pluginsNamedIn(file)) {
    try {
      plugins.set(name, (await catalog.load(name)).config);
    } catch (error) {
      process.stderr.write(`dayfold: left out of the schema: ${(error as Error).message}\n`);
    }
  }
  printJson(configurationJsonSchema(plugins));
}

function fileInReach(options: CommonOptions): string | undefined {
  try {
    const file = configFile(options);
    if (!existsSync(file)) throw new ConfigInvalid(`there is no file ${file}`);
    return file;
  } catch (error) {
    if (options.config !== undefined) throw error;
    return undefined;
  }
}

/** The file may be unfinished: whoever wants the schema is writing it. */
async function pluginsNamedIn(file: string): Promise<ReadonlySet<string>> {
  let contents: { readonly sources?: unknown } | null;
  try {
    contents = parse(await readFile(file, 'utf8'), { logLevel: 'silent' }) as { readonly sources?: unknown } | null;
  } catch {
    return new Set();
  }
  const sources = Object.values((contents?.sources ?? {}) as Readonly<Record<string, unknown>>);
  const names = sources.map((source) => (source as { readonly plugin?: unknown } | null)?.plugin);
  return new Set(names.filter((name) => typeof name === 'string'));
}
