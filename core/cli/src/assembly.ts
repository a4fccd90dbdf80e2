import { existModule } from '@dayfold/exist';
import { ConfigInvalid, Daemon, PluginCatalog, SystemClock, loadConfiguration, formatMistakes } from '@dayfold/runtime';
import type { Clock, Configuration, ExistGateway, LoadResult, Store } from '@dayfold/runtime';
import type { Logger, Plugin } from '@dayfold/sdk';
import { openSqliteStore, storeSqliteModule } from '@dayfold/store-sqlite';
import { ControlClient } from '@dayfold/web';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';

export interface CommonOptions {
  readonly config?: string;
  readonly data?: string;
  readonly debug?: boolean;
  readonly json?: boolean;
}

/** The configuration file: as given, else beside us, else in the home folder. */
export function configFile(options: CommonOptions): string {
  if (options.config !== undefined) return resolve(options.config);
  const places = [resolve('dayfold.yaml'), join(homedir(), '.config', 'dayfold', 'dayfold.yaml')];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new ConfigInvalid(
    `there is no dayfold.yaml here or in ~/.config/dayfold; write one with "dayfold init", or name it with --config`,
  );
}

export function dataFolder(options: CommonOptions): string {
  return resolve(options.data ?? 'data');
}

/** How each bundled plugin is loaded: with its libraries, so a daemon loads those alone that its sources name. */
const BUNDLED: ReadonlyMap<string, () => Promise<Plugin>> = new Map([
  ['mqtt', async () => (await import('@dayfold/plugin-mqtt')).default as Plugin],
  ['file', async () => (await import('@dayfold/plugin-file')).default as Plugin],
  ['http', async () => (await import('@dayfold/plugin-http')).default as Plugin],
  ['webhook', async () => (await import('@dayfold/plugin-http')).webhook as Plugin],
]);

/** All bundled plugins, loaded: for whoever needs their schemas, configured or not. */
export async function bundledPlugins(): Promise<ReadonlyMap<string, Plugin>> {
  return new Map(await Promise.all([...BUNDLED].map(async ([name, load]) => [name, await load()] as const)));
}

export async function pluginCatalog(file: string): Promise<PluginCatalog> {
  return new PluginCatalog(BUNDLED, dirname(file));
}

/**
 * Reads and checks the whole configuration, the plugins' parts included; these are left out where there is no catalog.
 * Given the data folder, a source that would read in there is a mistake; without it that is left to the source.
 */
export async function loadedFrom(file: string, catalog: PluginCatalog | undefined, data?: string): Promise<LoadResult> {
  return await loadConfiguration({
    file,
    env: process.env,
    home: homedir(),
    ...(data !== undefined && { dataFolder: data }),
    ...(catalog === undefined ? {} : { pluginSchema: async (name: string) => (await catalog.load(name)).config }),
  });
}

/** As `loadedFrom`; throws with every mistake. */
export async function readConfiguration(
  file: string,
  catalog: PluginCatalog | undefined,
): Promise<{ configuration: Configuration; warnings: readonly string[] }> {
  const loaded = await loadedFrom(file, catalog);
  if (!loaded.ok) throw new ConfigInvalid(formatMistakes(loaded.mistakes));
  return {
    configuration: loaded.configuration,
    warnings: loaded.warnings.length === 0 ? [] : formatMistakes(loaded.warnings).split('\n'),
  };
}

export interface Assembled extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly clock: Clock;
  readonly configuration: Configuration;
}

/** What stands in place of the machine's clock, the network and the data folder, or around them. */
export interface Surroundings {
  readonly store?: Store;
  readonly clock?: Clock;
  readonly around?: (gateway: ExistGateway) => ExistGateway;
  readonly aroundStore?: (store: Store) => Store;
}

/** Store, gateway and daemon over one data folder; nothing runs yet. */
export async function assemble(
  options: CommonOptions,
  configuration: Configuration,
  catalog: PluginCatalog,
  log: Logger,
  surroundings: Surroundings = {},
): Promise<Assembled> {
  const { aroundStore = (opened: Store) => opened } = surroundings;
  const store = aroundStore(surroundings.store ?? (await openSqliteStore({ folder: dataFolder(options) })));
  try {
    const clock = surroundings.clock ?? machineClock(await store.journal.lastReceived());
    const url = configuration.exist?.url ?? 'https://exist.io';
    const modules = [storeSqliteModule(store), existModule({ url }, surroundings.around)];
    const daemon = await Daemon.open({ configuration, modules, clock, catalog, log, random: Math.random });
    return {
      daemon,
      clock,
      configuration,
      async [Symbol.asyncDispose]() {
        await daemon.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Not trusted while it is well before the newest thing stored. */
function machineClock(newest: number | undefined): Clock {
  const clock = new SystemClock();
  if (newest !== undefined) clock.notBefore = newest;
  return clock;
}

export function socketPath(options: CommonOptions): string {
  return join(dataFolder(options), 'daemon.sock');
}

/** The running daemon's control, if there is one. */
export async function runningDaemon(options: CommonOptions): Promise<ControlClient | undefined> {
  const client = new ControlClient(socketPath(options));
  return (await client.isAlive()) ? client : undefined;
}
