import { openSqliteStore } from '@dayfold/store-sqlite';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Dice } from '../dice.ts';
import { DiskImage } from './disk-image.ts';
import { STRACE, operationsOf } from './trace.ts';
import type { Operation } from './trace.ts';

const COMMITTING = fileURLToPath(new URL('./committing-process.ts', import.meta.url));

const NODE = [process.execPath, '--conditions=@dayfold/source', '--disable-warning=ExperimentalWarning'];
/** Of a first start, about. */
const SCHEMA_WRITES = 60;
const MOST_WRITES = 250;

export interface PowerLossResult {
  readonly crashPoints: number;
  readonly images: number;
  readonly lost: readonly string[];
  readonly corrupt: readonly string[];
}

export interface PowerLossOptions {
  readonly seed: number;
  readonly commits: number;
  /** At the most; spread over the whole trace. Every one without it. */
  readonly points?: number;
  /** Images of a point with torn writes, beside the one with synced writes alone. */
  readonly variants: number;
  /** A disk that says it has synced and has not. */
  readonly isDiskLying?: boolean;
}

/** Images are many and small: in memory where the system has a place there. */
const SCRATCH = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Why it cannot run here; undefined where it can. */
export function hindrance(): string | undefined {
  const found = spawnSync('strace', ['-f', '-q', '-e', 'trace=none', 'true'], { stdio: 'ignore' });
  if (found.error !== undefined) return 'strace is not installed';
  return found.status === 0 ? undefined : 'strace may not trace here';
}

/**
 * The power is cut after each thing that was done to the disk: the files are laid out as they may be then, opened by the
 * store, and every reading that was acknowledged has to be there.
 */
export async function powerLoss(options: PowerLossOptions): Promise<PowerLossResult> {
  const { seed, commits, points, variants, isDiskLying = false } = options;
  const folder = mkdtempSync(join(SCRATCH, 'dayfold-power-'));
  try {
    const operations = recorded(join(folder, 'data'), join(folder, 'trace'), commits);
    const dice = new Dice(seed);
    const every = points === undefined ? 1 : Math.max(1, Math.floor(operations.length / points));
    const first = dice.whole(0, every - 1);
    const image = new DiskImage();
    const lost: string[] = [];
    const corrupt: string[] = [];
    let crashPoints = 0;
    let images = 0;
    for (const [index, operation] of operations.entries()) {
      if (!isDiskLying || operation.kind !== 'sync') image.apply(operation);
      if (index % every !== first) continue;
      crashPoints += 1;
      for (let variant = 0; variant <= variants; variant += 1) {
        images += 1;
        const place = join(folder, 'image');
        image.lay(place, variant === 0 ? undefined : dice);
        const where = `after operation ${index} (${operation.kind}), variant ${variant}`;
        try {
          const found = await readingsIn(place);
          if (found < image.acknowledged) lost.push(`${where}: ${found} of ${image.acknowledged} acknowledged`);
        } catch (error) {
          corrupt.push(`${where}: ${(error as Error).message}`);
        }
        rmSync(place, { recursive: true, force: true });
      }
    }
    return { crashPoints, images, lost, corrupt };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * `kill -9` at the n-th write to the disk: the first ones make the schema. Afterwards the folder opens and has what was
 * acknowledged.
 */
export async function killsOnDisk({
  seed,
  points,
}: {
  readonly seed: number;
  readonly points: number;
}): Promise<{ readonly killed: number; readonly bad: readonly string[] }> {
  const folder = mkdtempSync(join(SCRATCH, 'dayfold-killed-'));
  const dice = new Dice(seed);
  const bad: string[] = [];
  let killed = 0;
  try {
    for (let point = 0; point < points; point += 1) {
      const data = join(folder, String(point));
      // Every other one among the writes that make the schema.
      const nth = point % 2 === 0 ? dice.whole(1, SCHEMA_WRITES) : dice.whole(SCHEMA_WRITES, MOST_WRITES);
      const inject = ['-e', 'trace=pwrite64', '-e', `inject=pwrite64:signal=SIGKILL:when=${nth}`, '-o', '/dev/null'];
      const { stdout, status } = spawnSync('strace', ['-f', '-q', ...inject, ...NODE, COMMITTING, data, '30']);
      if (status !== 0) killed += 1;
      const acknowledged = Number(stdout.toString().trim().split('\n').at(-1));
      try {
        const found = await readingsIn(data);
        if (found < acknowledged) bad.push(`at write ${nth}: ${found} of ${acknowledged} acknowledged`);
      } catch (error) {
        bad.push(`at write ${nth}: ${(error as Error).message}`);
      }
    }
    return { killed, bad };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function recorded(data: string, trace: string, commits: number): readonly Operation[] {
  const [command, ...args] = STRACE;
  execFileSync(command, [...args, '-o', trace, ...NODE, COMMITTING, data, String(commits)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return operationsOf(readFileSync(trace, 'utf8'), data);
}

/** Those from the first on without a gap. */
async function readingsIn(folder: string): Promise<number> {
  await using store = await openSqliteStore({ folder });
  const stored = await store.journal.between('home.door', 0, Number.MAX_SAFE_INTEGER);
  const gap = stored.findIndex(({ value }, index) => value !== index + 1);
  return gap === -1 ? stored.length : gap;
}
