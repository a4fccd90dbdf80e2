import type { Engine } from '@dayfold/runtime';
import { assemble, configFile, pluginCatalog, readConfiguration, runningDaemon } from './assembly.ts';
import type { CommonOptions } from './assembly.ts';
import { createLog } from './log.ts';

/** Asks the running daemon; without one, opens the store and answers here. */
export async function withEngine<T>(options: CommonOptions, ask: (engine: Engine) => Promise<T>): Promise<T> {
  const running = await runningDaemon(options);
  if (running !== undefined) return await ask(running);
  const file = configFile(options);
  const catalog = await pluginCatalog(file);
  const { configuration } = await readConfiguration(file, undefined);
  using log = createLog({ json: false, level: options.debug === true ? 'debug' : 'warn' });
  await using assembled = await assemble(options, configuration, catalog, log);
  return await ask(assembled.daemon.engine);
}
