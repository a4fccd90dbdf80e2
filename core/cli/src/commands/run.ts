import type { Logger } from '@dayfold/sdk';
import { WebServer } from '@dayfold/web';
import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { assemble, configFile, pluginCatalog, readConfiguration, socketPath } from '../assembly.ts';
import type { Assembled, CommonOptions } from '../assembly.ts';
import { createLog } from '../log.ts';

export interface RunOptions extends CommonOptions {
  readonly safe?: boolean;
  readonly logJson?: boolean;
}

/** The daemon, until a signal. */
export async function run(options: RunOptions): Promise<void> {
  const log = createLog({
    json: options.logJson ?? !process.stderr.isTTY,
    level: options.debug === true ? 'debug' : 'info',
    now: Date.now,
  });
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  const { configuration, warnings } = await readConfiguration(file, catalog);
  for (const warning of warnings) log.warn(warning);
  const chosen = options.safe === true ? { ...configuration, sources: [] } : configuration;
  await using assembled = await assemble(options, chosen, catalog, log);
  const stopped = new Promise<string>((resolve) => {
    process.once('SIGINT', () => resolve('SIGINT'));
    process.once('SIGTERM', () => resolve('SIGTERM'));
  });
  const { daemon } = assembled;
  const { web: address, exist } = configuration;
  // The browser comes back from Exist under the registered name.
  const names = exist === undefined ? address.names : [...address.names, new URL(exist.redirectUri).hostname];
  const web = new WebServer(daemon.engine, daemon.inbound, { ...address, names, socket: socketPath(options) }, log);
  await web.start();
  try {
    await daemon.start();
    web.mark('ready');
    log.info(
      `dayfold runs with ${chosen.sources.length} sources and ${chosen.attributes.length} attributes; health on http://${configuration.web.host}:${configuration.web.port}/healthz`,
    );
    const reload = options.safe === true ? () => undefined : reloader(options, assembled, log);
    process.on('SIGHUP', reload);
    const watcher = watchFile(file, reload);
    const signal = await stopped;
    watcher.close();
    log.info(`${signal}: storing what is in hand, then stopping`);
  } finally {
    await web.stop();
  }
}

/** Reads the file again; a wrong one changes nothing but what is shown. */
function reloader(options: RunOptions, { daemon }: Assembled, log: Logger): () => void {
  let running: Promise<void> = Promise.resolve();
  return () => {
    running = running.then(async () => {
      try {
        const file = configFile(options);
        const { configuration } = await readConfiguration(file, await pluginCatalog(file));
        const changes = await daemon.reload(configuration);
        await daemon.clearProblem('config.invalid', 'dayfold.yaml');
        log.info(
          changes.length === 0
            ? 'the configuration was read again: nothing changed'
            : `the configuration changed: ${changes.join(', ')}`,
        );
      } catch (error) {
        log.error(`the changed configuration is not used, the old one stays in force:\n${(error as Error).message}`);
        await daemon.raiseProblem(
          'config.invalid',
          'dayfold.yaml',
          (error as Error).message,
          'correct the file; it is read again when saved',
        );
      }
    });
  };
}

function watchFile(file: string, changed: () => void): { close(): void } {
  // The folder is watched, since editors replace the file.
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(dirname(file), (_event, name) => {
    if (name !== basename(file) && name !== 'secrets.yaml') return;
    clearTimeout(timer);
    timer = setTimeout(changed, 300);
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
