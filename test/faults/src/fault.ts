import type { TwinCounters } from '@dayfold/exist-twin';
import type { BrokerKind, World } from './world/world.ts';

/** Counters of the stand-in that a fault may move by as much. */
export type Allowance = Partial<
  Record<
    'tokenCalls' | 'unchangedItems' | 'duplicateItems' | 'mergeableCalls' | 'periodicSyncsWithinAnHour' | 'owned',
    number
  >
>;

/** Something that goes wrong around or in the daemon. */
export interface Fault {
  readonly name: string;
  /** What has to hold, in words. */
  readonly promise: string;
  /** Code of the problem that `status` names while it lasts. */
  readonly problem?: string;
  /** How long it lasts at the most; it ends sooner once it is named and has struck. */
  readonly lastsMs: number;
  readonly allows?: Allowance;
  /** Why it cannot be injected here; undefined where it can. */
  readonly hindrance?: () => string | undefined;
  /** Where alone it can strike; everywhere without it. */
  readonly brokers?: readonly BrokerKind[];
  /** Takes minutes: only where it is asked for. */
  readonly isLong?: true;
  /** What the daemon does wrong as things stand. Such a fault strikes only where it is named. */
  readonly known?: string;
  inject(world: World): Promise<void>;
  /** Whether it has struck by now. Without it: as soon as it is injected. */
  struck?(world: World): boolean | Promise<boolean>;
  /** Ends it; the daemon runs afterwards. */
  heal(world: World): Promise<void>;
}

/** Messages are sent meanwhile, so that the fault has something to spoil. */
export const MESSAGES_DURING = 12;

/** What moved in the counters, less what is allowed; nothing when manners were kept. */
export function breaches(before: TwinCounters, after: TwinCounters, allows: Allowance): string[] {
  const moved: Readonly<Record<keyof Allowance, number>> = {
    tokenCalls: after.tokenCalls - before.tokenCalls,
    unchangedItems: after.unchangedItems - before.unchangedItems,
    duplicateItems: after.duplicateItems - before.duplicateItems,
    mergeableCalls: after.mergeableCalls - before.mergeableCalls,
    periodicSyncsWithinAnHour: after.periodicSyncsWithinAnHour - before.periodicSyncsWithinAnHour,
    owned: ownedIn(after) - ownedIn(before),
  };
  const found = Object.entries(moved)
    .filter(([name, by]) => by > (allows[name as keyof Allowance] ?? 0))
    .map(([name, by]) => `${name} +${by}`);
  if (after.rateLimited > before.rateLimited) found.push('rate limited');
  if (after.busiestHour > MOST_CALLS_AN_HOUR) found.push(`${after.busiestHour} calls in an hour`);
  return found;
}

/** Whatever goes wrong. */
const MOST_CALLS_AN_HOUR = 60;

function ownedIn({ acquires, creates }: TwinCounters): number {
  return [...Object.values(acquires), ...Object.values(creates)].reduce((total, count) => total + count, 0);
}
