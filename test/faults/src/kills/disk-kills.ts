import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Dice } from '../dice.ts';
import type { EpisodeResult } from '../episode.ts';
import { COMMITTING, SCRATCH, readingsIn } from '../power/committing.ts';

/** Of a first start, about. */
const SCHEMA_WRITES = 60;
const MOST_WRITES = 250;
const COMMITS = 30;

export const IN_MIGRATION = 'kill in a migration, at a write to the disk';
export const IN_COMMITS = 'kill in commits and removals, at a write to the disk';

/**
 * `kill -9` at the n-th write to the disk: by turns among the first ones, which make the schema, and among those of commits
 * and of removing old readings. Afterwards the folder opens and has what was acknowledged.
 */
export async function killsOnDisk(options: {
  readonly seed: number;
  readonly points: number;
}): Promise<EpisodeResult[]> {
  const { seed, points } = options;
  const folder = mkdtempSync(join(SCRATCH, 'dayfold-killed-'));
  const dice = new Dice(seed);
  const results: EpisodeResult[] = [];
  try {
    for (let point = 0; point < points; point += 1) {
      const data = join(folder, String(point));
      const isInSchema = point % 2 === 0;
      const nth = isInSchema ? dice.whole(1, SCHEMA_WRITES) : dice.whole(SCHEMA_WRITES, MOST_WRITES);
      const inject = ['-e', 'trace=pwrite64', '-e', `inject=pwrite64:signal=SIGKILL:when=${nth}`, '-o', '/dev/null'];
      const { stdout, status } = spawnSync('strace', ['-f', '-q', ...inject, ...COMMITTING, data, String(COMMITS)]);
      const acknowledged = Number(stdout.toString().trim().split('\n').at(-1));
      const lost: string[] = [];
      const complaints: string[] = [];
      try {
        const found = await readingsIn(data);
        if (found < acknowledged) lost.push(`at write ${nth}: ${found} of ${acknowledged} acknowledged`);
      } catch (error) {
        complaints.push(`at write ${nth}: ${(error as Error).message}`);
      }
      rmSync(data, { recursive: true, force: true });
      const fault = isInSchema ? IN_MIGRATION : IN_COMMITS;
      results.push({ fault, seed, struck: status !== 0, lost, doubled: [], complaints });
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
