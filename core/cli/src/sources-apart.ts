import { existModule } from '@dayfold/exist';
import { Daemon, SystemClock } from '@dayfold/runtime';
import type { Configuration, PluginCatalog, SourceConfiguration } from '@dayfold/runtime';
import type { Logger, Source } from '@dayfold/sdk';
import { openMemoryStore, storeSqliteModule } from '@dayfold/store-sqlite';

/** Builds sources for `probe` and `capture`, over a memory of their own: the data folder is not touched, and a running daemon goes on. */
export class SourcesApart implements AsyncDisposable {
  readonly #daemon: Daemon;

  private constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  static async open(configuration: Configuration, catalog: PluginCatalog, log: Logger): Promise<SourcesApart> {
    const modules = [
      storeSqliteModule(openMemoryStore()),
      existModule({ url: configuration.exist?.url ?? 'https://exist.io' }),
    ];
    const clock = new SystemClock();
    return new SourcesApart(await Daemon.open({ configuration, modules, clock, catalog, log, random: Math.random }));
  }

  async build(source: SourceConfiguration, signal: AbortSignal): Promise<Source> {
    return (await this.#daemon.host.build(source, signal)).source;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
  }
}
