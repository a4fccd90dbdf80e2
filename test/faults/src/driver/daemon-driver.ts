import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Commands, Message, Name, Order } from './protocol.ts';

const ENTRY = fileURLToPath(new URL('./daemon-process.ts', import.meta.url));
/** Compiled sources are kept between the many starts. */
const COMPILE_CACHE = join(tmpdir(), 'dayfold-faults-compile-cache');
/** A daemon that does not answer for so long hangs. */
const ANSWER_LIMIT_MS = 60_000;

export interface DriverOptions {
  readonly folder: string;
  readonly existUrl: string;
  readonly now: number;
}

/** The process is gone: what was asked of it stays unanswered. */
export class DaemonGone extends Error {}

/** Holds a daemon process: moves its clock, asks, kills it, and starts it again at the same moment. */
export class DaemonDriver {
  readonly #options: DriverOptions;
  #child: ChildProcess | undefined;
  #pid = 0;
  #now: number;
  #isTrusted = true;
  #ids = 0;
  /** Runs in front of the daemon, such as `strace` with a fault to inject. */
  wrapper: readonly string[] = [];

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#now = options.now;
  }

  /** The daemon's time, to the moment of its last call to Exist or the end of the last step. */
  get now(): number {
    return this.#now;
  }

  get pid(): number {
    return this.#pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Rejects with DaemonGone where the process ends instead, with its own last words if it had any. */
  async start(): Promise<void> {
    const { folder, existUrl } = this.#options;
    const trust = this.#isTrusted ? 'trusted' : 'untrusted';
    const [command, ...args] = [
      ...this.wrapper,
      process.execPath,
      '--conditions=@dayfold/source',
      '--disable-warning=ExperimentalWarning',
      ENTRY,
      folder,
      String(this.#now),
      trust,
      existUrl,
    ];
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)));
    this.#child = child;
    this.#pid = 0;
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new DaemonGone(`the daemon ended before it was ready: ${said}`)));
      child.on('message', (message: Message) => {
        if (message.kind === 'ready') {
          this.#pid = message.pid;
          resolve();
        } else if (message.kind === 'failed') reject(new DaemonGone(message.message));
        else this.#heard(child, message);
      });
    });
  }

  async ask<Command extends Name>(name: Command, ask: Commands[Command]['ask']): Promise<Commands[Command]['answer']> {
    const child = this.#child;
    if (child === undefined) throw new DaemonGone('the daemon does not run');
    const id = (this.#ids += 1);
    return await new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(limit);
        child.off('message', answered);
        child.off('exit', gone);
      };
      const answered = (message: Message): void => {
        if (message.kind !== 'answer' || message.id !== id) return;
        over();
        if (message.error === undefined) resolve(message.result as Commands[Command]['answer']);
        else reject(new Error(message.error));
      };
      const gone = (): void => {
        over();
        reject(new DaemonGone(`the daemon ended during "${name}"`));
      };
      const limit = setTimeout(() => {
        over();
        reject(new Error(`the daemon did not answer "${name}"`));
      }, ANSWER_LIMIT_MS);
      child.on('message', answered);
      child.once('exit', gone);
      child.send({ kind: 'command', id, name, ask } satisfies Order, () => undefined);
    });
  }

  async advance(ms: number): Promise<void> {
    this.#now = await this.ask('advance', ms);
  }

  async setClock(now: number, isTrusted = true): Promise<void> {
    this.#isTrusted = isTrusted;
    if (this.#child === undefined) this.#now = now;
    else this.#now = await this.ask('setClock', { now, isTrusted });
  }

  /** As a power cut or the OOM killer would end it. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    // Before it is ready only what it was started as is known.
    process.kill(this.#pid === 0 ? (child.pid ?? 0) : this.#pid, 'SIGKILL');
    await exited;
    this.#child = undefined;
  }

  /** Resolves when the process has ended by itself. */
  async gone(): Promise<void> {
    if (this.#child !== undefined) await once(this.#child, 'exit');
    this.#child = undefined;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const exited = once(child, 'exit');
    await this.ask('stop', null);
    await exited;
    this.#child = undefined;
  }

  #heard(child: ChildProcess, message: Message): void {
    if (message.kind !== 'calling' && message.kind !== 'time') return;
    this.#now = message.now;
    if (message.kind === 'calling') child.send({ kind: 'proceed' } satisfies Order, () => undefined);
  }
}
