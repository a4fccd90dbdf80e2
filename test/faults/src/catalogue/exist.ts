import type { FaultKind } from '@dayfold/exist-twin';
import type { Allowance, Fault } from '../fault.ts';
import { HOUR_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';

const DAY_MS = 24 * HOUR_MS;
/** Long enough for the next periodic sync and the tries that follow it. */
const LASTS_MS = 3 * HOUR_MS;
/** A sync that failed is made up for within its hour, and the next one keeps its own. */
const MADE_UP_FOR: Allowance = { periodicSyncsWithinAnHour: 1 };
/** What was applied and not answered is sent again as it is. */
const APPLIED: Allowance = { ...MADE_UP_FOR, unchangedItems: 200 };
/** Answers of the kind that nobody can read an outcome from, each four times in a row: the third is told. */
const UNCLEAR: readonly (readonly [FaultKind, string, Allowance])[] = [
  ['html504AfterApply', '504 with HTML after applying', APPLIED],
  ['html502', '502 with HTML', MADE_UP_FOR],
  ['500', '500', MADE_UP_FOR],
  ['drop-before', 'a connection dropped before applying', MADE_UP_FOR],
  ['drop-after-apply', 'a connection dropped after applying', APPLIED],
  ['hang', 'no answer after applying', APPLIED],
  ['slow', 'an answer that never ends', APPLIED],
  ['wrong-json', 'JSON of another shape', APPLIED],
  ['truncated', 'half an answer', APPLIED],
];
/** Answers that part the items. */
const PARTED: readonly (readonly [FaultKind, string, Allowance])[] = [
  ['202-mixed', '202 with an item refused', APPLIED],
  ['omit-item', 'an item in neither list', APPLIED],
  ['permuted', 'the lists in another order', {}],
  ['title-for-name', 'refusals under another key', {}],
  // A batch that is refused as a whole is sent in parts, which would have fitted together.
  ['400', '400 for the whole batch', { mergeableCalls: 12, periodicSyncsWithinAnHour: 1 }],
];
const DELTAS: readonly FaultKind[] = [
  'html504AfterApply',
  '500',
  'drop-before',
  'drop-after-apply',
  'hang',
  'wrong-json',
  '429',
  'omit-item',
];

/** What Exist may do to its clients. */
export const EXIST_FAULTS: readonly Fault[] = [
  ...UNCLEAR.map(([kind, words, allows]): Fault => ({
    ...spoilt(`exist-${kind}`, 'update', kind, 4, allows),
    promise: `${words}: values stay due, are tried again with growing pauses, and it is told`,
    problem: 'exist.unanswered',
  })),
  ...PARTED.map(([kind, words, allows]): Fault => ({
    ...spoilt(`exist-${kind}`, 'update', kind, 1, allows),
    promise: `${words}: each item is settled by itself`,
  })),
  ...(['429', '429-retry-after'] as const).map((kind): Fault => ({
    ...spoilt(`exist-${kind}`, 'update', kind, 2, MADE_UP_FOR),
    promise: 'nothing more is asked before the time is over; nothing is lost',
  })),
  ...DELTAS.map((kind): Fault => ({
    ...spoilt(`exist-increment-${kind}`, 'increment', kind, 1, {}),
    promise: 'a delta in doubt is never repeated, and settled after midnight at the latest',
  })),
  {
    ...spoilt('exist-403', 'update', '403', 1, { mergeableCalls: 12, periodicSyncsWithinAnHour: 1 }),
    promise: 'a batch that is forbidden is sent group by group',
  },
  expired(),
  {
    name: 'exist-token-revoked',
    promise: 'calls end, everything waits, the person is asked to log in',
    problem: 'exist.login_required',
    lastsMs: LASTS_MS,
    allows: { tokenCalls: 1, periodicSyncsWithinAnHour: 1 },
    inject: async (world) => world.twin.revoke((await world.token()).access),
    heal: async (world) => await world.logIn(),
  },
  {
    name: 'exist-token-rotated-elsewhere',
    promise: 'a second instance used the refresh token first: no loop, the person is asked to log in',
    problem: 'exist.login_required',
    lastsMs: LASTS_MS,
    allows: { tokenCalls: 3, periodicSyncsWithinAnHour: 1 },
    inject: async (world) => {
      const fields = { grant_type: 'refresh_token', refresh_token: (await world.token()).refresh };
      const body = new URLSearchParams({ ...fields, client_id: 'demo', client_secret: 'demo-secret' });
      const answer = await fetch(`${world.twin.url}/oauth2/access_token`, { method: 'POST', body });
      if (!answer.ok) throw new Error(`the stand-in refused the second instance: ${answer.status}`);
    },
    heal: async (world) => await world.logIn(),
  },
  {
    name: 'exist-refresh-answer-lost',
    promise: 'the old pair is dead and the new one unknown: two token calls at the most, then the person is asked',
    problem: 'exist.login_required',
    lastsMs: LASTS_MS,
    allows: { tokenCalls: 2, periodicSyncsWithinAnHour: 1 },
    inject: async (world) => {
      world.twin.expire((await world.token()).access);
      world.twin.faults.next(1, 'drop-after-apply', 'token');
    },
    heal: async (world) => {
      world.twin.faults.clear();
      await world.logIn();
    },
  },
  {
    name: 'exist-refresh-refused-once',
    promise: 'a refresh that never happened is made up for',
    lastsMs: LASTS_MS,
    // The sync is made up for when the refresh is tried again, and the next comes in its own hour.
    allows: { tokenCalls: 2, periodicSyncsWithinAnHour: 1 },
    inject: async (world) => {
      world.twin.expire((await world.token()).access);
      world.twin.faults.next(1, '500', 'token');
    },
    struck: (world) => world.twin.faults.pending() === 0,
    heal: async (world) => await Promise.resolve(world.twin.faults.clear()),
  },
  ...stolen(),
  {
    name: 'exist-away',
    promise: 'nobody listens: values stay due, it is told, and everything arrives afterwards',
    problem: 'exist.unanswered',
    lastsMs: LASTS_MS,
    allows: MADE_UP_FOR,
    inject: async (world) => {
      await world.everything();
      await world.twin.close();
    },
    heal: async (world) => await world.twin.listen(Number(new URL(world.twin.url).port)),
  },
  {
    name: 'exist-away-for-days',
    isLong: true,
    promise: 'every day arrives afterwards, on its day',
    problem: 'exist.unanswered',
    lastsMs: HOUR_MS,
    allows: MADE_UP_FOR,
    inject: async (world) => {
      await world.twin.close();
      for (let day = 0; day < 7; day += 1) {
        await world.driver.advance(DAY_MS);
        await world.everything();
        await world.settle();
        await world.driver.advance(HOUR_MS);
      }
    },
    heal: async (world) => await world.twin.listen(Number(new URL(world.twin.url).port)),
  },
];

/** The next requests to an endpoint are spoilt. */
function spoilt(
  name: string,
  endpoint: string,
  kind: FaultKind,
  times: number,
  allows: Allowance,
): Omit<Fault, 'promise'> {
  return {
    name,
    lastsMs: LASTS_MS,
    allows,
    inject: async (world) => {
      await world.everything();
      world.twin.faults.next(times, kind, endpoint);
    },
    struck: (world) => world.twin.faults.pending() === 0,
    heal: async (world) => {
      world.twin.faults.clear();
      // A value that was refused is let go of when there is another one.
      await world.everything();
    },
  };
}

/** Another service takes an attribute: once, and again after it was taken back. */
function stolen(): readonly Fault[] {
  const names = ['drops', 'growth', 'entries', 'steps', 'clicks', 'warmth'];
  /** By world: each is taken back by itself only once. */
  const taken = new WeakMap<World, string[]>();
  const victim = (world: World): string | undefined => {
    const left = taken.get(world) ?? [...names];
    const name = left.shift();
    taken.set(world, left);
    return name;
  };
  const again = new WeakMap<World, string>();
  return [
    {
      name: 'exist-stolen',
      promise: 'taken back once, by one acquire',
      lastsMs: LASTS_MS,
      allows: { owned: 1, mergeableCalls: 2, periodicSyncsWithinAnHour: 1 },
      inject: async (world) => {
        const name = victim(world);
        if (name !== undefined) world.twin.steal(name);
        await world.everything();
      },
      heal: async () => await Promise.resolve(),
    },
    {
      name: 'exist-stolen-again',
      promise: 'not fought over: shown, and taken back when the person says so',
      problem: 'exist.attribute_lost',
      lastsMs: LASTS_MS,
      allows: { owned: 2, mergeableCalls: 4, periodicSyncsWithinAnHour: 2 },
      inject: async (world) => {
        const name = victim(world) ?? 'drops';
        again.set(world, name);
        world.twin.steal(name);
        await world.everything();
        await world.settle();
        await world.driver.advance(2 * HOUR_MS);
        world.twin.steal(name);
        await world.everything();
      },
      heal: async (world) => void (await world.driver.ask('takeBack', again.get(world) ?? '')),
    },
  ];
}

function expired(): Fault {
  let before = 0;
  return {
    name: 'exist-token-expired',
    promise: 'one refresh, then it goes on',
    lastsMs: LASTS_MS,
    allows: { tokenCalls: 1 },
    inject: async (world) => {
      before = world.twin.counters().tokenCalls;
      world.twin.expire((await world.token()).access);
      await world.everything();
    },
    struck: (world) => world.twin.counters().tokenCalls > before,
    heal: async () => await Promise.resolve(),
  };
}
