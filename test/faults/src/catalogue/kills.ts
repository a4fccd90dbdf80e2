import type { Failpoint } from '../driver/failpoint.ts';
import type { Allowance, Fault } from '../fault.ts';
import { HOUR_MS, MINUTE_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';

interface Step {
  readonly name: string;
  readonly promise: string;
  readonly point: Pick<Failpoint, 'method' | 'when'>;
  /** What has to happen for the step to come. */
  readonly before?: (world: World) => Promise<void>;
  readonly allows?: Allowance;
}

/** What was applied and not recorded is sent again: the same total, or a total in the place of a delta. */
const SENT_AGAIN: Allowance = { unchangedItems: 35, mergeableCalls: 1, periodicSyncsWithinAnHour: 1 };

const STEPS: readonly Step[] = [
  {
    name: 'before the commit',
    promise: 'nothing was acknowledged, the broker delivers again',
    point: { method: 'journal.commit', when: 'before' },
  },
  {
    name: 'between commit and PUBACK',
    promise: 'what is delivered again is recognised',
    point: { method: 'journal.commit', when: 'after' },
  },
  {
    name: 'before a day value is kept',
    promise: 'days that were touched stay touched',
    point: { method: 'attributeDays.settle', when: 'before' },
  },
  {
    name: 'after a day value is kept',
    promise: 'value and outbox change together',
    point: { method: 'attributeDays.settle', when: 'after' },
  },
  {
    name: 'before an update is sent',
    promise: 'values stay due',
    point: { method: 'gateway.update', when: 'before' },
    allows: { periodicSyncsWithinAnHour: 1 },
  },
  {
    name: 'between answer and record',
    promise: 'an outcome that was not recorded is still due; totals make sending again harmless',
    point: { method: 'gateway.update', when: 'after' },
    allows: SENT_AGAIN,
  },
  {
    name: 'before a record',
    promise: 'the answer of a call and all it changes are one',
    point: { method: 'changes.together', when: 'before' },
    allows: SENT_AGAIN,
  },
  {
    name: 'after a record',
    promise: 'what is recorded is not sent again',
    point: { method: 'changes.together', when: 'after' },
    allows: { periodicSyncsWithinAnHour: 1, mergeableCalls: 1 },
  },
];

/** The process ends as by `kill -9` at a named step, or at any moment. */
export const KILLS: readonly Fault[] = [...STEPS.map(killAt), killAnywhere()];

function killAt({ name, promise, point, before, allows }: Step): Fault {
  return {
    name: `kill ${name}`,
    promise,
    lastsMs: 2 * HOUR_MS,
    ...(allows === undefined ? {} : { allows }),
    inject: async (world) => {
      await before?.(world);
      await world.driver.ask('arm', { ...point, nth: world.dice.whole(1, 2), act: { kill: true } });
    },
    struck: (world) => !world.driver.isRunning,
    heal: async (world) => {
      if (world.driver.isRunning) await world.driver.ask('arm', null);
      else await restarted(world);
    },
  };
}

/** A moment of real time while messages come in and values go out. */
function killAnywhere(): Fault {
  return {
    name: 'kill at a random moment',
    promise: 'nothing acknowledged is lost, nothing counts twice',
    lastsMs: MINUTE_MS,
    allows: SENT_AGAIN,
    inject: async (world) => {
      const { dice, driver } = world;
      const share = dice.whole(0, 10);
      for (let index = 0; index < 10; index += 1) {
        if (index === share) void driver.advance(dice.whole(1, 90) * MINUTE_MS).catch(() => undefined);
        await world.traffic(2);
      }
      // Wherever it is by now.
      for (let turns = dice.whole(0, 400); turns > 0; turns -= 1)
        await new Promise<void>((resolve) => setImmediate(resolve));
      await driver.kill();
    },
    heal: restarted,
  };
}

export async function restarted(world: World): Promise<void> {
  await world.driver.gone();
  await world.driver.start();
  await world.untilRunning();
}
