import { setTimeout as pause } from 'node:timers/promises';
import { DaemonGone } from '../driver/daemon-driver.ts';
import type { Failpoint } from '../driver/failpoint.ts';
import type { Allowance, Fault } from '../fault.ts';
import { HOUR_MS, MINUTE_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';

interface Step {
  readonly name: string;
  readonly promise: string;
  readonly point: Pick<Failpoint, 'method' | 'when' | 'about'>;
  /** Otherwise the first or the second call. */
  readonly nth?: 1;
  /** What has to happen for the step to come. */
  readonly before?: (world: World) => Promise<void>;
  readonly allows?: Allowance;
  /** Exist has made a new pair that nobody else knows: the person has to log in. */
  readonly losesThePair?: boolean;
}

/** What was applied and not recorded is sent again: the same total, or a total in the place of a delta. */
const SENT_AGAIN: Allowance = { unchangedItems: 35, mergeableCalls: 1, periodicSyncsWithinAnHour: 1 };

/** Of a start, in real time: about when its sources are loaded, and when it may be done. */
const LOADED_MS = 300;
const RUNNING_MS = 1500;

const LOSING: ReadonlySet<string> = new Set([
  'between the answer of a refresh and its record',
  'before a new token is recorded',
]);

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
    nth: 1,
  },
  {
    name: 'after a day value is kept',
    promise: 'value and outbox change together',
    point: { method: 'attributeDays.settle', when: 'after' },
    nth: 1,
  },
  {
    name: 'before an update is sent',
    promise: 'values stay due',
    point: { method: 'gateway.update', when: 'before' },
    nth: 1,
    allows: { periodicSyncsWithinAnHour: 1 },
  },
  {
    name: 'between answer and record',
    promise: 'an outcome that was not recorded is still due; totals make sending again harmless',
    point: { method: 'gateway.update', when: 'after' },
    nth: 1,
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
  ...refreshSteps(),
  ...ownershipSteps('create', 'own'),
  ...ownershipSteps('acquire', 'template'),
  ...incrementSteps(),
  {
    name: 'before old readings are removed',
    promise: 'removing them changes no value',
    point: { method: 'journal.prune', when: 'before' },
    nth: 1,
  },
  {
    name: 'after old readings are removed',
    promise: 'removing them changes no value',
    point: { method: 'journal.prune', when: 'after' },
    nth: 1,
  },
];

/** The process ends as by `kill -9` at a named step, or at any moment. */
export const KILLS: readonly Fault[] = [...STEPS.map(killAt), killAnywhere(), killAtStart()];

/** The access token is over. Before Exist has killed the old pair nothing may be lost of it. */
function refreshSteps(): readonly Step[] {
  const before = async (world: World): Promise<void> => world.twin.expire((await world.token()).access);
  const steps = [
    ['after the intent to refresh is recorded', { method: 'tokens.put', when: 'after' }],
    ['before a refresh is sent', { method: 'gateway.refresh', when: 'before' }],
    ['between the answer of a refresh and its record', { method: 'gateway.refresh', when: 'after' }],
    ['before a new token is recorded', { method: 'changes.together', when: 'before', about: '"kind":"token"' }],
    ['after a new token is recorded', { method: 'changes.together', when: 'after', about: '"kind":"token"' }],
  ] as const;
  return steps.map(([name, point]): Step => ({
    name,
    promise: 'never a loop; the pair is lost only where the answer was in flight, and then the person is asked',
    point,
    nth: 1,
    before,
    allows: { ...SENT_AGAIN, tokenCalls: 2 },
    losesThePair: LOSING.has(name),
  }));
}

function ownershipSteps(endpoint: 'create' | 'acquire', kind: 'own' | 'template'): readonly Step[] {
  const before = async (world: World): Promise<void> => void (await world.addAttribute(kind));
  const steps = [
    [`before ${endpoint} is sent`, { method: `gateway.${endpoint}`, when: 'before' }],
    [`between the answer of ${endpoint} and its record`, { method: `gateway.${endpoint}`, when: 'after' }],
    [`after ${endpoint} is recorded`, { method: 'changes.together', when: 'after', about: `"endpoint":"${endpoint}"` }],
  ] as const;
  return steps.map(([name, point]): Step => ({
    name,
    promise: 'owned once; what happened without a record is found again',
    point,
    nth: 1,
    before,
    allows: { ...SENT_AGAIN, owned: endpoint === 'acquire' ? 2 : 1 },
  }));
}

function incrementSteps(): readonly Step[] {
  const before = async (world: World): Promise<void> => await world.message('taps', world.nextTime());
  const steps = [
    ['after a delta is recorded', { method: 'outbox.recordIncrement', when: 'after' }],
    ['before a delta is marked as sent', { method: 'changes.together', when: 'before', about: '"outcome":"sent"' }],
    ['before a delta is sent', { method: 'gateway.increment', when: 'before' }],
    ['between the answer to a delta and its record', { method: 'gateway.increment', when: 'after' }],
    ['after a delta is settled', { method: 'changes.together', when: 'after', about: '"endpoint":"increment"' }],
  ] as const;
  return steps.map(([name, point]): Step => ({
    name,
    promise: 'a delta arrives once; the total after its day settles what is in doubt',
    point,
    nth: 1,
    before,
    allows: SENT_AGAIN,
  }));
}

function killAt({ name, promise, point, nth, before, allows, losesThePair }: Step): Fault {
  return {
    name: `kill ${name}`,
    promise,
    lastsMs: 2 * HOUR_MS,
    // Whatever the step, a call to Exist may be under way.
    allows: { ...SENT_AGAIN, ...allows },
    inject: async (world) => {
      const arm = { ...point, nth: nth ?? world.dice.whole(1, 2), act: { kill: true } } as const;
      await world.driver.ask('arm', arm);
      await before?.(world);
    },
    struck: (world) => !world.driver.isRunning,
    heal: async (world) => {
      if (world.driver.isRunning) await world.driver.ask('arm', null);
      else await restarted(world);
      if (losesThePair === true) await loggedInAgain(world);
    },
  };
}

/** Where the new pair was lost on its way, the daemon says so, and the person logs in. */
async function loggedInAgain(world: World): Promise<void> {
  for (let hours = 0; hours < 2; hours += 1) {
    await world.driver.advance(HOUR_MS);
    const { problems } = await world.driver.ask('status', null);
    if (problems.some(({ code }) => code === 'exist.login_required')) return await world.logIn();
  }
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

/** While it opens its store, takes up what was left, connects, and is handed what nobody acknowledged. */
function killAtStart(): Fault {
  return {
    name: 'kill while it starts',
    promise: 'a start that was cut short leaves nothing that the next one trips over',
    lastsMs: 0,
    allows: SENT_AGAIN,
    inject: async (world) => {
      const { dice, driver } = world;
      await world.traffic(2);
      await driver.kill();
      await world.traffic(4);
      const started = driver.start().then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof DaemonGone)) throw error;
        },
      );
      await pause(dice.whole(LOADED_MS, RUNNING_MS));
      await driver.kill();
      await started;
    },
    heal: restarted,
  };
}

export async function restarted(world: World): Promise<void> {
  await world.driver.gone();
  await world.driver.start();
  await world.untilRunning();
}
