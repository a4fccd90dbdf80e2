import { PluginCatalog } from '@dayfold/runtime';
import type { Clock, FakeClock, Store } from '@dayfold/runtime';
import type { Plugin } from '@dayfold/sdk';
import { join } from 'node:path';
import process from 'node:process';
import { assemble, bundledPlugins, readConfiguration } from '../../../../core/cli/src/assembly.ts';
import type { Assembled } from '../../../../core/cli/src/assembly.ts';

export interface EngineOptions {
  readonly clock: Clock;
  readonly store?: Store;
  readonly plugin?: Plugin;
}

/** The daemon of the folder's dayfold.yaml in this process, without its web address. */
export async function engineIn(folder: string, { plugin, ...surroundings }: EngineOptions): Promise<Assembled> {
  const plugins = new Map(await bundledPlugins());
  if (plugin !== undefined) plugins.set(plugin.name, plugin);
  const catalog = new PluginCatalog(plugins, folder);
  const { configuration } = await readConfiguration(join(folder, 'dayfold.yaml'), catalog);
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (text: string) => void process.stderr.write(`${text}\n`),
  };
  return await assemble({ data: join(folder, 'data') }, configuration, catalog, log, surroundings);
}

/** Lets time pass in steps; what a step sets going has ended before the next. */
export async function pass(clock: FakeClock, ms: number, stepMs: number, ended: () => Promise<void>): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    await clock.advance(Math.min(left, stepMs));
    await ended();
  }
}
