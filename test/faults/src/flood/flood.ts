import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DayReport, StatusReport } from '@dayfold/runtime';
import { NODE } from '../power/committing.ts';
import type { FeedOptions, FeedResult } from './feed-process.ts';

const FEED = fileURLToPath(new URL('./feed-process.ts', import.meta.url));
const DAYFOLD = fileURLToPath(new URL('../../../../core/cli/src/main.ts', import.meta.url));
const SAMPLE_MS = 250;
/** Pools, caches and compiled code have about their size then. */
const BEGUN_MS = 5000;
const run = promisify(execFile);

type Phase = 'idle' | 'begun' | 'flooded' | 'folded';

export interface FloodResult extends FeedResult {
  /** Readings of `plain` in the values of the days. */
  readonly stored: number;
  /** Codes of what `status` names in the end. */
  readonly problems: readonly string[];
  /**
   * The most resident memory of the daemon: before, in the first seconds, until all was acknowledged, and until the day with
   * all its readings was folded.
   */
  readonly memoryMb: Readonly<Record<Phase, number>>;
}

/** The command itself, by its own clock, at the other end of a broker that floods it. */
export async function flood(options: FeedOptions): Promise<FloodResult> {
  const folder = mkdtempSync(join(tmpdir(), 'dayfold-flood-'));
  const feed = child([FEED, JSON.stringify(options)]);
  let daemon: ChildProcess | undefined;
  try {
    const { port } = await said<{ port: number }>(feed);
    const config = join(folder, 'dayfold.yaml');
    writeFileSync(config, configuration(port, await freePort()));
    const where = ['--config', config, '--data', join(folder, 'data')];
    const subscribed = said(feed);
    daemon = child([DAYFOLD, 'run', ...where]);
    await Promise.race([subscribed, once(daemon, 'exit').then(() => Promise.reject(new Error('dayfold ended')))]);
    using memory = new Memory(daemon.pid ?? 0);
    memory.phase = 'begun';
    const finished = said<FeedResult>(feed);
    feed.send({});
    const flooding = setTimeout(() => (memory.phase = 'flooded'), BEGUN_MS);
    const result = await finished;
    clearTimeout(flooding);
    memory.phase = 'folded';
    const days = await printed<DayReport[]>('days', where);
    const { problems } = await printed<StatusReport>('status', where);
    const stored = days.reduce((sum, { wanted }) => sum + Number(wanted ?? 0), 0);
    return { ...result, stored, problems: problems.map(({ code }) => code), memoryMb: memory.mostMb };
  } finally {
    feed.kill('SIGKILL');
    if (daemon?.exitCode === null) {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Local only; the attribute is counted, so that each reading that is missing or there twice shows. */
function configuration(port: number, webPort: number): string {
  return `
timezone: UTC
web: { port: ${webPort} }
sources:
  home:
    plugin: mqtt
    url: mqtt://127.0.0.1:${port}
    series:
      plain: { topic: plain, value: v }
      "s_{1}": { topic: storm/+, value: v }
attributes:
  plain: { label: Plain, group: health, type: integer, from: home.plain, fold: count }
`;
}

/** The most resident memory of a process in each phase. */
class Memory implements Disposable {
  readonly mostMb: Record<Phase, number> = { idle: 0, begun: 0, flooded: 0, folded: 0 };
  #phase: Phase = 'idle';
  readonly #pid: number;
  readonly #timer = setInterval(() => this.#sample(), SAMPLE_MS);

  constructor(pid: number) {
    this.#pid = pid;
    this.#sample();
  }

  set phase(phase: Phase) {
    this.#sample();
    this.#phase = phase;
    this.#sample();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8');
    const megabytes = Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
    this.mostMb[this.#phase] = Math.max(this.mostMb[this.#phase], megabytes);
  }
}

function child(args: readonly string[]): ChildProcess {
  const [command, ...flags] = NODE;
  return spawn(command as string, [...flags, ...args], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}

async function said<Message>(process: ChildProcess): Promise<Message> {
  const [message] = (await once(process, 'message')) as [Message];
  return message;
}

async function printed<Document>(what: string, where: readonly string[]): Promise<Document> {
  const [command, ...flags] = NODE;
  const { stdout } = await run(command as string, [...flags, DAYFOLD, what, '--json', ...where]);
  return JSON.parse(stdout) as Document;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
