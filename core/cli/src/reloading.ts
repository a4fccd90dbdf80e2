import type { Daemon } from '@dayfold/runtime';
import type { Logger } from '@dayfold/sdk';
import { pluginCatalog, readConfiguration } from './assembly.ts';

export const CONFIG_PROBLEM = { code: 'config.invalid', subject: 'dayfold.yaml' };

/** Takes over the changed configuration, one change after the other; a wrong file changes nothing but what is shown. */
export class Reloading {
  readonly #file: string;
  readonly #daemon: Daemon;
  readonly #log: Logger;
  #running: Promise<void> = Promise.resolve();

  constructor(file: string, daemon: Daemon, log: Logger) {
    this.#file = file;
    this.#daemon = daemon;
    this.#log = log;
  }

  again(): Promise<void> {
    this.#running = this.#running.then(async () => await this.#reload());
    return this.#running;
  }

  async #reload(): Promise<void> {
    const { code, subject } = CONFIG_PROBLEM;
    try {
      const { configuration } = await readConfiguration(this.#file, await pluginCatalog(this.#file));
      const changes = await this.#daemon.reload(configuration);
      await this.#daemon.clearProblem(code, subject);
      const what = changes.length === 0 ? 'was read again: nothing changed' : `changed: ${changes.join(', ')}`;
      this.#log.info(`the configuration ${what}`);
    } catch (error) {
      const { message } = error as Error;
      this.#log.error(`the changed configuration is not used, the old one stays in force: ${message}`);
      await this.#daemon
        .raiseProblem(code, subject, message, 'correct the file; it is read again when saved')
        .catch((failure: unknown) => this.#log.error(`this problem cannot be stored: ${String(failure)}`));
    }
  }
}
