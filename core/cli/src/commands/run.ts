import { hiding } from '@dayfold/runtime';
import type { Configuration } from '@dayfold/runtime';
import { WebServer } from '@dayfold/web';
import process from 'node:process';
import { assemble, configFile, pluginCatalog, readConfiguration, socketPath } from '../assembly.ts';
import type { CommonOptions } from '../assembly.ts';
import { keepRunning } from '../keep-running.ts';
import { createLog } from '../log.ts';
import { CONFIG_PROBLEM, Reloading } from '../reloading.ts';
import { StopSignals } from '../stop-signals.ts';
import { watchFiles } from '../watch-files.ts';

export interface RunOptions extends CommonOptions {
  readonly safe?: boolean;
  readonly logJson?: boolean;
  readonly webHost?: string;
}

/** The daemon, until a signal. */
export async function run(options: RunOptions): Promise<void> {
  using log = createLog({
    json: options.logJson ?? !process.stderr.isTTY,
    level: options.debug === true ? 'debug' : 'info',
  });
  // As process 1 of a container it would not be ended by a signal before it listens to one.
  using signals = new StopSignals(process, log);
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  // Without sources it comes up however broken a plugin is.
  const { configuration, warnings } = await readConfiguration(file, options.safe === true ? undefined : catalog);
  for (const warning of warnings) log.warn(warning);
  const chosen = options.safe === true ? { ...configuration, sources: [] } : configuration;
  await using assembled = await assemble(options, chosen, catalog, log);
  const { daemon } = assembled;
  const web = new WebServer(daemon.engine, daemon.inbound, webOptions(options, configuration), log);
  try {
    await web.start();
    using _kept = await keepRunning(process, daemon, log, (text) => hiding(daemon.secrets)(text));
    await daemon.start();
    // Of an earlier life: this one began with a valid file.
    await daemon.clearProblem(CONFIG_PROBLEM.code, CONFIG_PROBLEM.subject);
    void daemon.ready().then(() => web.mark('ready'));
    log.info(
      `dayfold runs with ${chosen.sources.length} sources and ${chosen.attributes.length} attributes; it listens on ${web.address}, health is at ${web.address}/healthz`,
    );
    using _reloading = reloadWhenAsked(options, file, new Reloading(file, daemon, log));
    const signal = await signals.first;
    log.info(`${signal}: storing what is in hand, then stopping; the same again ends at once`);
    web.mark('stopping');
    // Before the address closes: what others pushed is stored, and they are told so.
    await daemon.stop();
  } finally {
    await web.stop();
  }
}

function webOptions(options: RunOptions, { web, exist }: Configuration) {
  return {
    host: options.webHost ?? web.host,
    port: web.port,
    // The browser comes back from Exist under the registered name.
    names: exist === undefined ? web.names : [...web.names, new URL(exist.redirectUri).hostname],
    socket: socketPath(options),
  };
}

function reloadWhenAsked(options: RunOptions, file: string, reloading: Reloading): Disposable {
  if (options.safe === true) {
    // Without a listener the signal would end the daemon.
    const ignore = (): void => undefined;
    process.on('SIGHUP', ignore);
    return { [Symbol.dispose]: () => void process.off('SIGHUP', ignore) };
  }
  const reload = (): void => void reloading.again();
  process.on('SIGHUP', reload);
  const watched = watchFiles(file, reload);
  return {
    [Symbol.dispose]() {
      process.off('SIGHUP', reload);
      watched.close();
    },
  };
}
