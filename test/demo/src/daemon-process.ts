import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../core/cli/src/main.ts', import.meta.url));
const NODE_FLAGS = ['--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'];

/** Starts a `dayfold` command as a process of its own, in this folder. */
export function startDayfold(
  folder: string,
  args: readonly string[],
  stdio: 'inherit' | 'pipe' = 'pipe',
): ChildProcess {
  return spawn(process.execPath, [...NODE_FLAGS, MAIN, ...args], {
    cwd: folder,
    stdio: stdio === 'inherit' ? ['ignore', 'inherit', 'inherit'] : ['pipe', 'pipe', 'pipe'],
  });
}

/** Runs a `dayfold` command to its end; throws with its error output when it fails. */
export async function dayfold(folder: string, args: readonly string[], input?: string): Promise<string> {
  const child = startDayfold(folder, args);
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin?.end(input);
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`dayfold ${args[0]} ended with ${status}: ${errors}${output}`);
  return output;
}
