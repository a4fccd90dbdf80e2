import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

export interface CommittingProcess {
  readonly pid: number;
  /** The last reading it has acknowledged so far. */
  acknowledged(): number;
  /** Kills it as `kill -9` does; resolves to the last reading it had acknowledged. */
  kill(): Promise<number>;
}

/** Starts a process that commits into the folder, and waits until it acknowledged so many readings. */
export async function committingProcess(
  folder: string,
  from: number,
  count: number,
  file = 'committing-process.ts',
): Promise<CommittingProcess> {
  const script = join(import.meta.dirname, file);
  const child = spawn(process.execPath, ['--conditions=@dayfold/source', script, folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit');
  const ended = once(lines, 'close');
  let last = from - 1;
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      last = Number(line);
      if (last >= from + count - 1) resolve();
    });
    void exited.then(() => reject(new Error('the process ended before it had committed')));
  });
  return {
    pid: child.pid ?? 0,
    acknowledged: () => last,
    kill: async () => {
      child.kill('SIGKILL');
      await Promise.all([exited, ended]);
      return last;
    },
  };
}
