import { ControlClient } from '@dayfold/web';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../core/cli/src/main.ts', import.meta.url));
const NODE_FLAGS = ['--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'];

/** A start takes seconds where the machine has much else to do; this is for what never comes. */
const LONGEST_MS = 90_000;

/** Runs a `dayfold` command in a folder to its end; throws with its error output when it fails. */
export async function dayfold(folder: string, args: readonly string[], input?: string): Promise<string> {
  const child = spawned(folder, args);
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin?.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`dayfold ${args[0]} ended with ${status}: ${errors}${output}`);
  return output;
}

/** `dayfold run` in a folder, as anyone would start it. */
export class RunningDayfold {
  /** What it wrote to either output, line by line. */
  readonly log: string[] = [];
  readonly control: ControlClient;
  readonly #child: ChildProcess;
  readonly #ended: Promise<readonly [number | null, NodeJS.Signals | null]>;

  private constructor(folder: string) {
    this.control = new ControlClient(join(folder, 'data', 'daemon.sock'));
    this.#child = spawned(folder, ['run']);
    this.#ended = once(this.#child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        this.log.push(...lines);
      });
    }
  }

  /** Resolves when its sources run. */
  static async start(folder: string): Promise<RunningDayfold> {
    const daemon = new RunningDayfold(folder);
    await daemon.until(async () => {
      if (!(await daemon.control.isAlive())) return false;
      const { sources } = await daemon.control.status();
      return sources.length > 0 && sources.every(({ state }) => state === 'running');
    }, 'the sources run');
    return daemon;
  }

  /** Asks again and again, with the turns of the event loop between. */
  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = performance.now() + LONGEST_MS;
    while (!(await condition())) {
      const isOver = this.#child.exitCode !== null || this.#child.signalCode !== null;
      if (isOver || performance.now() > deadline)
        throw new Error(`it did not come true that ${what}; the log:\n${this.log.join('\n')}`);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** The exit status after the signal; undefined when the signal ended it. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | undefined> {
    this.#child.kill(signal);
    const [status] = await this.#ended;
    return status ?? undefined;
  }
}

function spawned(folder: string, args: readonly string[]): ChildProcess {
  const { NODE_OPTIONS: _options, VITEST: _vitest, ...env } = process.env;
  return spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
}
