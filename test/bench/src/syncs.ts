import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Subject } from './subject.ts';
import type { SubjectOptions } from './subject.ts';

/** Calls that make a disk keep what it was given. */
const SYNCS = 'fsync,fdatasync,sync_file_range,msync';
const STRACE = ['-f', '-qq', '-e', `trace=${SYNCS}`, '-e', 'signal=none'];
const ATTACH_MS = 10_000;

/** Without it syncs are not counted. A container may forbid what it does. */
export const hasStrace = spawnSync('strace', [...STRACE, '--seccomp-bpf', 'true']).status === 0;

/** The beginning of a call: one that another thread's interrupts is told twice. */
const CALL = /^(?:\[pid +\d+\] |\d+ +)?(?:(?<at>\d+\.\d+) )?\w+\(/;

/** Node.js as `Subject.node` starts it; strace, where it is, writes each sync into a file and leaves all else alone. */
export function countedNode(args: readonly string[], file: string, options: SubjectOptions): Subject {
  if (!hasStrace) return Subject.node(args, options);
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...args];
  return new Subject('strace', [...STRACE, '--seccomp-bpf', '-ttt', '-o', file, ...node], options);
}

/** Calls that the file of a counted process names, between two times of the machine's clock; undefined without strace. */
export function syncsBetween(file: string, from: number, to: number): number | undefined {
  if (!hasStrace) return undefined;
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => {
      // Times of JavaScript are whole milliseconds.
      const at = Math.floor(Number(CALL.exec(line)?.groups?.['at']) * 1000);
      return at >= from && at <= to;
    }).length;
}

export interface SyncCount {
  /** Syncs of the disk since it began; the process is let go. */
  end(): Promise<number>;
}

/** Counts the syncs of a running process; undefined where that is not possible here. It slows the process down. */
export async function countSyncs(pid: number): Promise<SyncCount | undefined> {
  if (!hasStrace) return undefined;
  const strace = spawn('strace', [...STRACE, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let syncs = 0;
  let rest = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    syncs += lines.filter((line) => CALL.test(line)).length;
  });
  const ended = once(strace, 'exit');
  const until = performance.now() + ATTACH_MS;
  while (!isTraced(pid)) {
    if (strace.exitCode !== null || performance.now() > until) {
      strace.kill('SIGKILL');
      return undefined;
    }
    await sleep(20);
  }
  return {
    async end() {
      strace.kill('SIGINT');
      await ended;
      return syncs;
    },
  };
}

function isTraced(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((task) => {
    const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
    return !/^TracerPid:\s+0$/m.test(status);
  });
}
