import type { Fault } from '../fault.ts';
import { HOUR_MS, MINUTE_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';

const DAY_MS = 24 * HOUR_MS;
const ZONES = ['Europe/London', 'Europe/Helsinki', 'Europe/Berlin'];

/** What a clock and a calendar may do. While the clock is wrong only readings with a time of their own are sent. */
export const CLOCK_FAULTS: readonly Fault[] = [
  jump('clock-back-an-hour', -HOUR_MS),
  jump('clock-back-a-day', -DAY_MS, false),
  jump('clock-forward-an-hour', HOUR_MS),
  jump('clock-forward-a-day', DAY_MS),
  {
    ...jump('clock-forward-years', 10 * 365 * DAY_MS),
    promise:
      'nothing old is removed; a token that seems too old is refreshed once; the right time puts everything right',
    allows: { periodicSyncsWithinAnHour: 3, tokenCalls: 1 },
  },
  {
    name: 'clock-at-boot-1970',
    promise: 'nothing is dated, sent or closed before the clock is set; readings get their time afterwards',
    problem: 'clock.untrusted',
    lastsMs: 30 * MINUTE_MS,
    inject: async (world) => {
      await world.driver.stop();
      await setError(world, -world.now, false);
      await world.driver.start();
    },
    heal: async (world) => {
      await setError(world, 0, true);
      await world.untilRunning();
    },
  },
  {
    name: 'clock-suspended',
    promise: 'three days that passed in sleep: one sync makes up for all, every day arrives',
    lastsMs: 2 * HOUR_MS,
    allows: { periodicSyncsWithinAnHour: 1 },
    inject: async (world) => {
      await world.settle();
      await world.driver.setClock(world.driver.now + 3 * DAY_MS);
    },
    heal: async () => await Promise.resolve(),
  },
  {
    name: 'zone-changes',
    promise: 'a new zone holds from the next midnight; days before keep their bounds',
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      const zone = ZONES.find((each) => each !== world.files.zone && world.dice.chance(0.5)) ?? 'Europe/Athens';
      world.files.zone = zone;
      world.files.writeConfiguration();
      world.days.move(zone, world.now);
      await world.driver.ask('reload', null);
    },
    heal: async () => await Promise.resolve(),
  },
];

function jump(name: string, byMs: number, isTrusted = true): Fault {
  return {
    name,
    promise: 'no value of a day to come, no refresh, nothing lost; the right time puts everything right',
    lastsMs: 2 * HOUR_MS,
    // The clock of Exist goes on while ours does not: an hour of the one is none of the other.
    allows: { periodicSyncsWithinAnHour: 3 },
    inject: async (world) => {
      await world.settle();
      world.isClockWrong = true;
      await setError(world, byMs, isTrusted);
    },
    heal: async (world) => {
      await setError(world, 0, true);
      await world.settle();
      world.isClockWrong = false;
    },
  };
}

/** The daemon's clock is off by so much, and the world's goes on as it was. */
async function setError(world: World, errorMs: number, isTrusted: boolean): Promise<void> {
  const { now } = world;
  world.clockErrorMs = errorMs;
  await world.driver.setClock(now + errorMs, isTrusted);
}
