import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Fault } from '../fault.ts';
import { HOUR_MS, MINUTE_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';
import { restarted } from './kills.ts';

const SIZE_MB = 32;
const PIECE = Buffer.alloc(64 * 1024);
const BALLAST = 'ballast';

/** A file system of its own that is really full; needs the right to mount one. */
export const FULL_FILE_SYSTEM: readonly Fault[] = [
  {
    name: 'file-system-full',
    promise: 'nothing acknowledged is lost, it is told, and within a minute of room again it goes on by itself',
    problem: 'store.waiting',
    lastsMs: 2 * HOUR_MS,
    allows: { unchangedItems: 100, periodicSyncsWithinAnHour: 2, mergeableCalls: 2 },
    hindrance: mountHindrance,
    inject: async (world) => {
      await moved(world);
      fill(world);
    },
    heal: async (world) => {
      rmSync(join(world.data, BALLAST));
      await goesOn(world);
      await movedBack(world);
    },
  },
  {
    name: 'file-system-full-at-boot',
    promise: 'killed on a full disk and started on it, nothing acknowledged is lost; with room again it runs',
    lastsMs: 5 * MINUTE_MS,
    allows: { unchangedItems: 100, periodicSyncsWithinAnHour: 2, mergeableCalls: 2 },
    hindrance: mountHindrance,
    inject: async (world) => {
      await moved(world);
      await world.traffic(5);
      fill(world);
      await world.traffic(5);
      await world.driver.kill();
      // It may say that it cannot start; it may not spoil anything.
      await world.driver.start();
    },
    heal: async (world) => {
      rmSync(join(world.data, BALLAST));
      if (!world.driver.isRunning) await restarted(world);
      await goesOn(world);
      await movedBack(world);
    },
  },
];

/** Why no file system can be mounted here; undefined where one can. */
export function mountHindrance(): string | undefined {
  if (process.platform !== 'linux') return 'it mounts a tmpfs, which Linux has';
  if (process.getuid?.() !== 0) return 'only root may mount a file system';
  const place = mkdtempSync(join(tmpdir(), 'dayfold-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { encoding: 'utf8' });
  if (mounted.status === 0) execFileSync('umount', [place]);
  rmdirSync(place);
  return mounted.status === 0 ? undefined : `a file system cannot be mounted here: ${mounted.stderr.trim()}`;
}

/** The data folder moves to a small file system of its own. */
async function moved(world: World): Promise<void> {
  await world.settle();
  await world.driver.stop();
  const kept = `${world.data}.kept`;
  renameSync(world.data, kept);
  mkdirSync(world.data, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=700`, 'tmpfs', world.data]);
  world.whenOver(() => void spawnSync('umount', ['-l', world.data], { stdio: 'ignore' }));
  cpSync(kept, world.data, { recursive: true });
  rmSync(kept, { recursive: true });
  await world.driver.start();
  await world.untilRunning();
}

async function movedBack(world: World): Promise<void> {
  await world.settle();
  await world.driver.stop();
  const kept = `${world.data}.kept`;
  cpSync(world.data, kept, { recursive: true });
  execFileSync('umount', [world.data]);
  rmdirSync(world.data);
  renameSync(kept, world.data);
  await world.driver.start();
  await world.untilRunning();
}

/** To the last byte. */
function fill(world: World): void {
  const file = join(world.data, BALLAST);
  for (let size = PIECE.length; size > 0; size = Math.floor(size / 2)) {
    try {
      for (;;) appendFileSync(file, PIECE.subarray(0, size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

async function goesOn(world: World): Promise<void> {
  const from = world.now;
  await world.settle();
  if (world.now - from > MINUTE_MS) throw new Error(`it went on ${(world.now - from) / 1000} s after there was room`);
}
