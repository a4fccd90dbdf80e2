import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('./driven-daemon.ts', import.meta.url));

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Holds a daemon process: moves its clock, kills it, starts it again at the same moment. */
export class DaemonDriver {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #now: number;
  #ids = 0;

  constructor(folder: string, now: number) {
    this.#folder = folder;
    this.#now = now;
  }

  /** The daemon's time. */
  get now(): number {
    return this.#now;
  }

  async start(): Promise<void> {
    const child = fork(ENTRY, [this.#folder, String(this.#now)], {
      execArgv: ['--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child = child;
    const [first] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if ((first as Answer | null)?.result !== 'ready') throw new Error('the daemon ended before it was ready');
  }

  async advance(ms: number): Promise<void> {
    this.#now = (await this.#ask({ advance: ms })) as number;
  }

  /** Lets a little time pass until so many readings of a source are stored in this life of the process. */
  async untilTaken(source: string, count: number): Promise<void> {
    for (let tries = 0; tries < 5000; tries += 1) {
      if (((await this.#ask({ taken: source })) as number) >= count) return;
      await this.advance(10);
    }
    throw new Error(`source ${source} did not store ${count} readings`);
  }

  /** As a power cut or the OOM killer would end it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    this.#child = undefined;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    await this.#ask({ stop: true });
    await exited;
    this.#child = undefined;
  }

  async #ask(command: object): Promise<unknown> {
    const child = this.#child;
    if (child === undefined) throw new Error('the daemon does not run');
    const id = (this.#ids += 1);
    return await new Promise((resolve, reject) => {
      const settle = (answer: Answer): void => {
        if (answer.id !== id) return;
        child.off('message', settle);
        child.off('exit', gone);
        if (answer.error === undefined) resolve(answer.result);
        else reject(new Error(answer.error));
      };
      const gone = (): void => reject(new Error('the daemon ended'));
      child.on('message', settle);
      child.once('exit', gone);
      child.send({ id, ...command });
    });
  }
}
