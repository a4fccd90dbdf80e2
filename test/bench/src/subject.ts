import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

/** What is measured has a core for itself; feeds and brokers have the others. */
export type Place = 'measured' | 'helper';

const hasTaskset = process.platform === 'linux' && spawnSync('taskset', ['--version']).status === 0;
const CORES = availableParallelism();
const OTHERS = `1-${CORES - 1}`;
const STOP_MS = 15_000;
const MESSAGE_MS = 180_000;

export interface SubjectOptions {
  readonly place: Place;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A child process, its messages and what it costs. */
export class Subject implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly #output: string[] = [];
  readonly #messages: unknown[] = [];

  constructor(command: string, args: readonly string[], { place, cwd, env }: SubjectOptions) {
    const [file, rest] = pinned(place, command, args);
    this.process = spawn(file, rest, {
      cwd,
      env: { ...process.env, NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#output.push(text));
    }
    this.process.on('message', (message) => this.#messages.push(message));
  }

  static node(args: readonly string[], options: SubjectOptions): Subject {
    return new Subject(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], options);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get output(): string {
    return this.#output.join('');
  }

  tell(message: object): void {
    this.process.send(message);
  }

  /** The next message that was not taken yet. Rejects when the process ends before. */
  async message<T>(withinMs = MESSAGE_MS): Promise<T> {
    while (this.#messages.length === 0) {
      if (this.hasEnded) throw new Error(`the process ended early: ${this.output.slice(0, 1000)}`);
      const heard = new AbortController();
      const signal = AbortSignal.any([heard.signal, AbortSignal.timeout(withinMs)]);
      try {
        await Promise.race([once(this.process, 'message', { signal }), once(this.process, 'exit', { signal })]);
      } catch {
        throw new Error(`nothing was heard for ${withinMs / 1000} s: ${this.output.slice(0, 1000)}`);
      } finally {
        heard.abort();
      }
    }
    return this.#messages.shift() as T;
  }

  /** Resolves at the next message of a process that may well send none; takes nothing. */
  async heard(): Promise<void> {
    if (this.#messages.length === 0) await once(this.process, 'message');
  }

  /** Rejects when this process ends while `other` is waited for. */
  async whileAlive<T>(other: Promise<T>): Promise<T> {
    const ended = new AbortController();
    const end = once(this.process, 'exit', { signal: ended.signal }).then(
      () => Promise.reject(new Error(`the process ended early: ${this.output.slice(0, 1000)}`)),
      () => other,
    );
    try {
      return await Promise.race([other, end]);
    } finally {
      ended.abort();
    }
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  async ended(): Promise<number> {
    if (!this.hasEnded) await once(this.process, 'exit');
    return this.process.exitCode ?? 1;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) return;
    const end = once(this.process, 'exit');
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), STOP_MS);
    await end;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }
}

/** CPU time of a process with all its threads, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  try {
    // Finer than the ticks below; the first field is nanoseconds. Threads of Node.js live as long as the process.
    const times = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]);
    return times.reduce((sum, time) => sum + Number(time), 0) / 1e9;
  } catch {
    return cpuTicksOf(pid) / 100;
  }
}

/** Resident memory in MB: the most it ever was, and now. */
export function memoryOf(pid: number): { readonly peakMb: number; readonly rssMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
  return { peakMb: field('VmHWM'), rssMb: field('VmRSS') };
}

/** Leaves the first core to what is measured. */
export function stepAside(pid: number): void {
  if (hasTaskset && CORES > 1) spawnSync('taskset', ['-a', '-c', '-p', OTHERS, String(pid)]);
}

function pinned(place: Place, command: string, args: readonly string[]): [string, string[]] {
  if (!hasTaskset || CORES < 2) return [command, [...args]];
  return ['taskset', ['-c', place === 'measured' ? '0' : OTHERS, command, ...args]];
}

function cpuTicksOf(pid: number): number {
  // The name, in brackets, may hold blanks; utime and stime are the 12th and 13th field behind it, in ticks of 10 ms.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
