import type { Engine } from '@dayfold/runtime';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readlink, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('./driven-daemon.ts', import.meta.url));
/** The daemon tells its time at least this often while time passes. */
const STEP_MS = 60_000;

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export interface DriverOptions {
  /** Takes what the daemon writes, instead of the terminal. */
  readonly onOutput?: (text: string) => void;
  /** After which Exist is given up, in real time. */
  readonly existTimeoutMs?: number;
}

/** Holds a daemon process: moves its clock, kills it, starts it again at the same moment. */
export class DaemonDriver {
  readonly #folder: string;
  readonly #options: DriverOptions;
  #child: ChildProcess | undefined;
  #now: number;
  #ids = 0;
  #isMoving = false;

  constructor(folder: string, now: number, options: DriverOptions = {}) {
    this.#folder = folder;
    this.#now = now;
    this.#options = options;
  }

  /** Of the process; undefined while none runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The daemon's time; while time passes, that of its last step. */
  get now(): number {
    return this.#now;
  }

  async start(): Promise<void> {
    const { onOutput, existTimeoutMs = 30_000 } = this.#options;
    const output = onOutput === undefined ? 'inherit' : 'pipe';
    const child = fork(ENTRY, [this.#folder, String(this.#now), String(existTimeoutMs)], {
      execArgv: ['--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', output, output, 'ipc'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
    const [first] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if ((first as Answer | null)?.result !== 'ready') throw new Error('the daemon ended before it was ready');
    child.on('message', (message: { readonly now?: number }) => {
      if (message.now !== undefined) this.#now = message.now;
    });
  }

  async advance(ms: number): Promise<void> {
    this.#isMoving = true;
    this.#now = (await this.#ask({ advance: ms })) as number;
    this.#isMoving = false;
  }

  /** Sets the wall clock alone, as NTP or a person would; before 2026 the daemon does not trust it. */
  async setClock(now: number): Promise<void> {
    if (this.#child !== undefined) await this.#ask({ set: now });
    this.#now = now;
  }

  /** Lets a little time pass until so many readings of a source are stored in this life of the process. */
  async untilTaken(source: string, count: number): Promise<void> {
    await this.until(async () => (await this.taken(source)) >= count, `source ${source} stores ${count} readings`);
  }

  /** Readings of a source stored in this life of the process. */
  async taken(source: string): Promise<number> {
    return (await this.#ask({ taken: source })) as number;
  }

  /** Lets a little time pass until the condition holds. */
  async until(condition: () => boolean | Promise<boolean>, what: string, stepMs = 10, tries = 5000): Promise<void> {
    for (let left = tries; left > 0; left -= 1) {
      if (await condition()) return;
      await this.advance(stepMs);
    }
    throw new Error(`it did not come true that ${what}`);
  }

  /** What a command or the dashboard would be told. */
  async engine<K extends keyof Engine>(
    method: K,
    ...values: Parameters<Engine[K]>
  ): Promise<Awaited<ReturnType<Engine[K]>>> {
    return (await this.#ask({ engine: method, values })) as Awaited<ReturnType<Engine[K]>>;
  }

  /** Takes over the dayfold.yaml in the folder as it is now; answers with what changed. */
  async reload(): Promise<readonly string[]> {
    return (await this.#ask({ reload: true })) as readonly string[];
  }

  /** Whether the process has the file open. */
  async isReading(file: string): Promise<boolean> {
    const folder = `/proc/${this.#child?.pid}/fd`;
    const targets = (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => ''));
    return (await Promise.all(targets)).includes(file);
  }

  /** As a power cut or the OOM killer would end it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    this.#child = undefined;
    // How far its last step came is not known, and the machine's clock would not fall.
    if (this.#isMoving) this.#now += STEP_MS;
    this.#isMoving = false;
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
