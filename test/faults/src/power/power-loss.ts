import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Dice } from '../dice.ts';
import { COMMITTING, SCRATCH, readingsIn } from './committing.ts';
import { DiskImage } from './disk-image.ts';
import { STRACE, operationsOf } from './trace.ts';
import type { Operation } from './trace.ts';

export interface PowerLossResult {
  readonly crashPoints: number;
  /** Different ones that were opened. */
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
    const foundIn = async (laid: DiskImage, chance: Dice | undefined): Promise<number> => {
      const place = join(folder, 'image');
      try {
        laid.lay(place, chance);
        return await readingsIn(place);
      } finally {
        rmSync(place, { recursive: true, force: true });
      }
    };
    let safe = { version: -1, found: 0 };
    for (const [index, operation] of operations.entries()) {
      if (!isDiskLying || operation.kind !== 'sync') image.apply(operation);
      if (index % every !== first) continue;
      crashPoints += 1;
      for (let variant = 0; variant <= variants; variant += 1) {
        // An image that was opened before is not laid again.
        const isKnown = safe.version === image.version && (variant === 0 || image.isAtRest);
        const where = `after operation ${index} (${operation.kind}), variant ${variant}`;
        try {
          const found = isKnown ? safe.found : await foundIn(image, variant === 0 ? undefined : dice);
          if (variant === 0) safe = { version: image.version, found };
          if (found < image.acknowledged) lost.push(`${where}: ${found} of ${image.acknowledged} acknowledged`);
        } catch (error) {
          corrupt.push(`${where}: ${(error as Error).message}`);
        }
        if (!isKnown) images += 1;
      }
    }
    return { crashPoints, images, lost, corrupt };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function recorded(data: string, trace: string, commits: number): readonly Operation[] {
  const [command, ...args] = STRACE;
  execFileSync(command, [...args, '-o', trace, ...COMMITTING, data, String(commits)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return operationsOf(readFileSync(trace, 'utf8'), data);
}
