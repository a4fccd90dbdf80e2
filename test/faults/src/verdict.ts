import { UNDATED } from './oracle.ts';
import type { DayValues } from './oracle.ts';
import type { World } from './world/world.ts';

/** What is missing and what is there too often, in words; both empty when all is well. */
export interface Verdict {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

/** The journal alone against what was sent: what a daemon has to hold at any moment. */
export async function journalVerdict(world: World): Promise<Verdict> {
  const lost: string[] = [];
  const doubled: string[] = [];
  const stored = await world.stored();
  for (const series of UNDATED) {
    const judged = world.oracle.judge(series, stored.get(series) ?? []);
    lost.push(...judged.lost.map((name) => `journal: ${name}`));
    doubled.push(...judged.doubled.map((name) => `journal: ${name}`));
  }
  return { lost, doubled };
}

/** Journal, day values and the account at Exist against what was sent. */
export async function verdict(world: World): Promise<Verdict> {
  const journal = await journalVerdict(world);
  const lost = [...journal.lost];
  const doubled = [...journal.doubled];
  const wanted = world.oracle.values();
  const today = world.dayOf(world.now);
  const days = await world.driver.ask('days', null);
  const folded: Record<string, Record<string, number>> = {};
  for (const { attribute, date, wanted: value } of days) {
    if (typeof value === 'number') (folded[attribute] ??= {})[date] = value;
  }
  for (const { where, text, isMore } of [
    ...differences('day', wanted, folded, () => false),
    ...differences('Exist', wanted, world.twin.values() as DayValues, isDeltaOf(today)),
  ]) {
    (isMore ? doubled : lost).push(`${where}: ${text}`);
  }
  return { lost, doubled };
}

/** Whether Exist holds everything already. */
export function isCaughtUp(world: World): boolean {
  const today = world.dayOf(world.now);
  return differences('Exist', world.oracle.values(), world.twin.values() as DayValues, isDeltaOf(today)).length === 0;
}

/** Today's total of an attribute that is sent in deltas may still be less: a delta in doubt is settled after midnight. */
function isDeltaOf(today: string): (attribute: string, date: string) => boolean {
  return (attribute, date) => attribute === 'taps' && date === today;
}

function differences(
  where: string,
  wanted: DayValues,
  actual: DayValues,
  mayBeLess: (attribute: string, date: string) => boolean,
): { readonly where: string; readonly text: string; readonly isMore: boolean }[] {
  return [...new Set([...Object.keys(wanted), ...Object.keys(actual)])].flatMap((attribute) => {
    const dates = new Set([...Object.keys(wanted[attribute] ?? {}), ...Object.keys(actual[attribute] ?? {})]);
    return [...dates].sort().flatMap((date) => {
      const expected = wanted[attribute]?.[date];
      const found = actual[attribute]?.[date];
      if (expected === found) return [];
      const isMore = expected === undefined || (found ?? -Infinity) > expected;
      if (!isMore && mayBeLess(attribute, date)) return [];
      return [{ where, text: `${attribute} ${date} is ${found ?? 'absent'} for ${expected ?? 'none'}`, isMore }];
    });
  });
}
