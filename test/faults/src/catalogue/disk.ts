import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonGone } from '../driver/daemon-driver.ts';
import type { Fault } from '../fault.ts';
import { HOUR_MS, MINUTE_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';

/** The files of a database with its log and its tail. */
const FILES = ['dayfold.db', 'dayfold.db-wal', 'dayfold.db-shm', 'dayfold.db-tail'];

/** What a disk may do. */
export const DISK_FAULTS: readonly Fault[] = [
  refusing('disk-full', 'journal.commit', 'store.full'),
  refusing('disk-read-only', 'journal.commit', 'store.readonly'),
  refusing('disk-full-at-day-values', 'attributeDays.settle', 'store.full'),
  refusing('disk-full-at-answers', 'changes.together', 'store.full'),
  {
    ...refusing('disk-full-is-told', 'journal.commit', 'store.full', 1_000_000),
    problem: 'store.waiting',
  },
  {
    name: 'disk-full-in-a-refresh',
    promise: 'where the intent cannot be recorded no refresh is sent',
    lastsMs: 2 * HOUR_MS,
    allows: { tokenCalls: 1, periodicSyncsWithinAnHour: 1 },
    inject: async (world) => {
      const act = { refuse: 'store.full', times: 3 } as const;
      await world.driver.ask('arm', { method: 'tokens.put', when: 'before', nth: 1, act });
      world.twin.expire((await world.token()).access);
      await world.everything();
    },
    struck: async (world) => (await world.driver.ask('struck', null)) > 0,
    heal: async (world) => void (await world.driver.ask('arm', null)),
  },
  {
    name: 'disk-writes-fail',
    promise: 'files may grow no further: nothing is acknowledged meanwhile, and it goes on by itself',
    lastsMs: 30 * MINUTE_MS,
    allows: { unchangedItems: 100, periodicSyncsWithinAnHour: 1, mergeableCalls: 2 },
    inject: async (world) => {
      await world.settle();
      limitFiles(world, String(statSync(join(world.data, 'dayfold.db-wal')).size));
    },
    heal: async (world) => await Promise.resolve(limitFiles(world, 'unlimited')),
  },
  ...['header', 'truncated', 'nonsense'].map((how): Fault => ({
    name: `database-${how}`,
    promise: 'it does not start on a damaged database, says so, and leaves it as it is to the byte',
    lastsMs: 0,
    inject: async (world) => {
      await world.settle();
      // With everything in the main file, and a start that was not ended well.
      await world.driver.stop();
      await world.driver.start();
      await world.driver.kill();
      const putBack = damage(world, how);
      const file = join(world.data, 'dayfold.db');
      const damaged = readFileSync(file);
      let message = 'it started';
      try {
        await world.driver.start();
        await world.driver.kill();
      } catch (error) {
        if (!(error instanceof DaemonGone)) throw error;
        message = error.message;
        await world.driver.gone();
      }
      if (!/damaged/.test(message)) throw new Error(`expected a refusal to open, got: ${message}`);
      if (!readFileSync(file).equals(damaged)) throw new Error('the damaged database was changed');
      putBack();
      await world.driver.start();
      await world.untilRunning();
    },
    heal: async () => await Promise.resolve(),
  })),
];

/** The next calls of a port are refused as by the disk. */
function refusing(name: string, method: string, code: 'store.full' | 'store.readonly', times?: number): Fault {
  return {
    name,
    promise: 'nothing is acknowledged that is not stored; it goes on by itself when there is room',
    lastsMs: 2 * HOUR_MS,
    allows: { unchangedItems: 100, periodicSyncsWithinAnHour: 2, mergeableCalls: 2 },
    inject: async (world) => {
      const act = { refuse: code, times: times ?? world.dice.whole(3, 12) } as const;
      await world.driver.ask('arm', { method, when: 'before', nth: 1, act });
    },
    struck: async (world) => (await world.driver.ask('struck', null)) > 0,
    heal: async (world) => void (await world.driver.ask('arm', null)),
  };
}

/** No file of the daemon grows past this; SQLite meets it as a failed write. Needs no rights and no disk of its own. */
function limitFiles(world: World, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(world.driver.pid), `--fsize=${bytes}:unlimited`]);
}

/** Returns what puts the database back. */
function damage(world: World, how: string): () => void {
  const present = FILES.map((name) => join(world.data, name)).filter((file) =>
    statSync(file, { throwIfNoEntry: false }),
  );
  for (const file of present) copyFileSync(file, `${file}.kept`);
  const [database = ''] = present;
  for (const file of present.slice(1)) rmSync(file);
  const bytes = readFileSync(database);
  if (how === 'header') bytes.fill(0xff, 0, 100);
  if (how === 'nonsense') for (let at = 0; at < bytes.length; at += 1) bytes[at] = world.dice.whole(0, 255);
  if (how !== 'truncated') writeFileSync(database, bytes);
  else truncateSync(database, Math.max(4096, Math.floor(bytes.length / 8192) * 4096));
  return () => {
    for (const file of present) {
      copyFileSync(`${file}.kept`, file);
      rmSync(`${file}.kept`);
    }
  };
}
