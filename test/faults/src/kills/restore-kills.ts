import { openSqliteStore } from '@dayfold/store-sqlite';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dice } from '../dice.ts';
import type { EpisodeResult } from '../episode.ts';
import { COMMITTING, NODE, readingsIn } from '../power/committing.ts';

const DAYFOLD = [...NODE, fileURLToPath(new URL('../../../../core/cli/src/main.ts', import.meta.url))];
/** Everything that changes files. */
const CHANGING =
  'pwrite64,write,rename,renameat,renameat2,mkdir,mkdirat,unlink,unlinkat,rmdir,fsync,fdatasync,ftruncate';
/** Told apart by the number of their readings. */
const IN_BACKUP = 25;
const IN_FOLDER = 40;

/** A call of the system in a thread that made others like it before. */
interface Moment {
  readonly call: string;
  readonly nth: number;
}

/**
 * `dayfold restore --force` over a folder in use dies at each kind of call that changes a file. Afterwards the folder opens
 * with the old readings or with those of the backup, the old ones are there or set aside, and the command does it again.
 */
export async function killsInRestore(options: {
  readonly seed: number;
  readonly kills: number;
}): Promise<EpisodeResult[]> {
  const { seed, kills } = options;
  const dice = new Dice(seed);
  const folder = mkdtempSync(join(tmpdir(), 'dayfold-restored-'));
  const place = (name: string): string => join(folder, name);
  try {
    spawned(COMMITTING, [place('saved'), String(IN_BACKUP)], folder);
    spawned(DAYFOLD, ['backup', place('backup.tar'), '--data', place('saved'), '--no-secrets'], folder);
    await killedWhileCommitting(place('used'));
    const data = place('data');
    const restore = ['restore', place('backup.tar'), '--data', data, '--force'];
    cpSync(place('used'), data, { recursive: true });
    const trace = ['strace', '-f', '-q', '-y', '-s', '0', '-e', `trace=${CHANGING}`, '-o', place('trace')];
    spawned([...trace, ...DAYFOLD], restore, folder);
    const moments = [...momentsOf(readFileSync(place('trace'), 'utf8'), data)];
    const results: EpisodeResult[] = [];
    for (let count = 0; count < kills; count += 1) {
      const [call, some] = moments[count % moments.length] ?? ['', []];
      const { nth } = dice.one(some);
      rmSync(data, { recursive: true, force: true });
      cpSync(place('used'), data, { recursive: true });
      const inject = ['strace', '-f', '-q', '-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${nth}`];
      const { status } = spawnSync(
        inject[0] as string,
        [...inject.slice(1), '-o', '/dev/null', ...DAYFOLD, ...restore],
        {
          cwd: folder,
          stdio: 'ignore',
        },
      );
      const { lost, complaints } = await afterwards(data, () => spawned(DAYFOLD, restore, folder));
      const where = (text: string): string => `at ${call} ${nth}: ${text}`;
      const found = { lost: lost.map(where), doubled: [], complaints: complaints.map(where) };
      results.push({ fault: `kill in a restore, at ${call}`, seed, struck: status !== 0, ...found });
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function afterwards(
  data: string,
  again: () => void,
): Promise<{ readonly lost: readonly string[]; readonly complaints: readonly string[] }> {
  const lost: string[] = [];
  try {
    const found = await readingsIn(data);
    if (found !== IN_BACKUP && found < IN_FOLDER) lost.push(`${found} readings are in the folder`);
    again();
    const restored = await readingsIn(data);
    if (restored !== IN_BACKUP) lost.push(`${restored} readings after the second restore`);
    const aside = readdirSync(data).filter((name) => name.startsWith('replaced-'));
    const kept = await Promise.all(aside.map(async (name) => await readingsAside(join(data, name))));
    if (!kept.some((count) => count >= IN_FOLDER)) lost.push(`the old readings are not set aside: ${aside.join(', ')}`);
    return { lost, complaints: [] };
  } catch (error) {
    return { lost, complaints: [(error as Error).message] };
  }
}

/** Opened at another place: what was set aside stays as it is. */
async function readingsAside(folder: string): Promise<number> {
  const copy = `${folder}-opened`;
  cpSync(folder, copy, { recursive: true });
  try {
    await using store = await openSqliteStore({ folder: copy });
    return (await store.journal.between('home.door', 0, Number.MAX_SAFE_INTEGER)).length;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** A folder as a daemon leaves it that was killed: with its log and its mark. */
async function killedWhileCommitting(data: string): Promise<void> {
  const [command, ...args] = COMMITTING;
  const child = spawn(command as string, [...args, data, '100000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let said = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString().split('\n').length - 1;
    if (said >= IN_FOLDER) child.kill('SIGKILL');
  });
  await exited;
}

/** By call, those that concern the data folder. */
function momentsOf(trace: string, data: string): ReadonlyMap<string, readonly Moment[]> {
  const counts = new Map<string, number>();
  const moments: Moment[] = [];
  for (const line of trace.split('\n')) {
    const [, thread, call] = /^(\d+)\s+(\w+)\(/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    const nth = (counts.get(`${thread} ${call}`) ?? 0) + 1;
    counts.set(`${thread} ${call}`, nth);
    if (line.includes(data)) moments.push({ call, nth });
  }
  return Map.groupBy(moments, ({ call }) => call);
}

function spawned(command: readonly string[], args: readonly string[], cwd: string): void {
  const [name = '', ...first] = command;
  mkdirSync(cwd, { recursive: true });
  const { status, stderr } = spawnSync(name, [...first, ...args], { cwd });
  if (status !== 0) throw new Error(`${args[0] ?? name} ended with ${status}: ${stderr.toString()}`);
}
