import { ControlClient } from '@dayfold/web';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

// Some start five processes one after the other, each of which takes seconds on a machine that is busy.
vi.setConfig({ testTimeout: 240_000 });

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const NODE_FLAGS = ['--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'];

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A folder of its own, which is the home folder of the commands too, so that no other configuration is found. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async with(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
    const folder = new Folder(await mkdtemp(join(tmpdir(), 'dayfold-cli-')));
    for (const [name, text] of Object.entries(files)) await folder.write(name, text);
    return folder;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** For this user alone, as secrets have to be; answers with its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(this.file(name), content, { mode: 0o600 });
    return this.file(name);
  }

  /** Starts the real command here, with nothing in its environment but what is given. */
  start(args: readonly string[], { env = {} }: Surroundings = {}): ChildProcess {
    const path = `${dirname(process.execPath)}:/usr/bin:/bin`;
    return spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
      cwd: this.path,
      env: { PATH: path, HOME: this.path, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  /** Runs the real command to its end. */
  async run(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
    const child = this.start(args, surroundings);
    child.stdin?.end(surroundings.input);
    return await ended(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** A daemon in a folder, as a process of its own. */
export class RunningDaemon implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly control: ControlClient;
  #log = '';

  private constructor(folder: Folder, args: readonly string[], surroundings: Surroundings) {
    this.child = folder.start(['run', ...args], surroundings);
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    this.ended = ended(this.child);
    this.control = new ControlClient(join(folder.path, 'data', 'daemon.sock'));
  }

  static async in(
    folder: Folder,
    args: readonly string[] = [],
    surroundings: Surroundings = {},
  ): Promise<RunningDaemon> {
    const daemon = new RunningDaemon(folder, args, surroundings);
    await daemon.untilLog('dayfold runs with');
    return daemon;
  }

  /** What it logged so far. */
  get log(): string {
    return this.#log;
  }

  /** Where it listens, as it says itself. */
  get url(): string {
    return /it listens on (http:\S+?),/.exec(this.#log)?.[1] ?? '';
  }

  /** Resolves when the log holds the text, looked for from this place on. */
  async untilLog(text: string, from = 0): Promise<void> {
    while (!this.#log.slice(from).includes(text)) {
      const { child } = this;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the daemon ended: ${this.#log}`);
      await Promise.race([once(child.stderr!, 'data'), this.ended]);
    }
  }

  /** Resolves when every source was tried. */
  async untilReady(): Promise<void> {
    let status = 0;
    while (status !== 200) ({ status } = await fetch(`${this.url}/readyz`));
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
  }
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}
