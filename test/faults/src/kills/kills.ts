import { KILLS } from '../catalogue/kills.ts';
import type { EpisodeResult } from '../episode.ts';
import type { Fault } from '../fault.ts';
import { hindrance } from '../power/power-loss.ts';
import { killsOnDisk } from './disk-kills.ts';
import { runKills } from './kill-cycles.ts';
import { killsInRestore } from './restore-kills.ts';

/** Of a world: every round adds attributes, and templates end. */
const ROUNDS_OF_A_WORLD = 2;
/** A world waits for its daemon most of the time. */
const LANES = 2;
/** Of ten kills one is at a write to the disk, and of twenty one in a restore. */
const SHARE = { disk: 10, restore: 20 };

/** So many times `kill -9`, at each of the steps alike; where they are all, at those of the disk and of a restore besides. */
export async function kills(
  count: number,
  steps: readonly Fault[],
  say: (line: string) => void,
): Promise<EpisodeResult[]> {
  const results: EpisodeResult[] = [];
  const reason = hindrance();
  const isAll = steps.length === KILLS.length;
  if (isAll && reason !== undefined) say(`kills at a write to the disk and in a restore are left out: ${reason}`);
  else if (isAll) {
    results.push(...(await killsOnDisk({ seed: 1, points: Math.ceil(count / SHARE.disk) })));
    results.push(...(await killsInRestore({ seed: 1, kills: Math.ceil(count / SHARE.restore) })));
  }
  if (steps.length === 0) return results;
  let rounds = Math.ceil((count - results.length) / steps.length);
  let seed = 0;
  const lane = async (): Promise<void> => {
    while (rounds > 0) {
      const some = Math.min(rounds, ROUNDS_OF_A_WORLD);
      rounds -= some;
      results.push(...(await runKills({ seed: (seed += 1), rounds: some, steps, say })));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}
