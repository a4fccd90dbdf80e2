import type { LoggedCall } from '@dayfold/exist-twin';
import type { DayReport } from '@dayfold/runtime';
import { GOOD_MANNERS } from '../manners.ts';
import type { Manners } from '../manners.ts';
import type { Values } from '../part.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long after a spoiled call the next ones may come sooner or say the same again. */
const AFTERMATH_HOURS = 2;

export function valuesOf(days: readonly DayReport[]): Values {
  const values: Record<string, Record<string, number | string>> = {};
  for (const { attribute, date, wanted } of days) if (wanted !== null) (values[attribute] ??= {})[date] = wanted;
  return values;
}

/** Each value that is not what it must be. */
export function differences(where: string, wanted: Values, found: Values): string[] {
  const names = new Set([...Object.keys(wanted), ...Object.keys(found)]);
  return [...names].flatMap((name) => {
    const dates = new Set([...Object.keys(wanted[name] ?? {}), ...Object.keys(found[name] ?? {})]);
    return [...dates]
      .filter((date) => wanted[name]?.[date] !== found[name]?.[date])
      .map((date) => `${where} ${name} of ${date} is ${found[name]?.[date]} and must be ${wanted[name]?.[date]}`);
  });
}

/** What Exist asks of its clients and was not kept, but for what a failed or forgotten call makes right. */
export function unmannerly(
  calls: readonly LoggedCall[],
  manners: Manners,
  troubledHours: ReadonlySet<number>,
): string[] {
  const isExcused = (at: number): boolean => {
    const hour = Math.floor(at / HOUR_MS);
    return Array.from({ length: AFTERMATH_HOURS + 1 }, (_, back) => hour - back).some((each) =>
      troubledHours.has(each),
    );
  };
  const updates = calls.filter(({ endpoint }) => endpoint === 'update');
  const { unchangedItems: _again, periodicSyncsWithinAnHour: _soon, ...others } = manners;
  const broken = Object.entries(others).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(GOOD_MANNERS[name as keyof Manners]),
  );
  return [
    ...broken.map(([name, value]) => `manners: ${name} ${JSON.stringify(value)}`),
    ...syncsOf(updates)
      .filter((at, index, all) => index > 0 && at - (all[index - 1] as number) < HOUR_MS - MINUTE_MS)
      .filter((at) => !isExcused(at))
      .map((at) => `a sync at ${new Date(at).toISOString()} less than an hour after the one before`),
    ...saidAgain(updates)
      .filter(({ at }) => !isExcused(at))
      .map(({ at, what }) => `${what} was sent again at ${new Date(at).toISOString()}`),
  ];
}

/** When each group of calls began. */
function syncsOf(updates: readonly LoggedCall[]): number[] {
  return updates
    .filter(({ at }, index) => index === 0 || at - (updates[index - 1] as LoggedCall).at >= MINUTE_MS)
    .map(({ at }) => at);
}

function saidAgain(updates: readonly LoggedCall[]): { readonly at: number; readonly what: string }[] {
  const sent = new Map<string, unknown>();
  return updates.flatMap(({ at, items }) =>
    items.flatMap(({ name, date, value }) => {
      const what = `${String(name)} of ${String(date)}`;
      const isAgain = sent.has(what) && sent.get(what) === value;
      sent.set(what, value);
      return isAgain ? [{ at, what }] : [];
    }),
  );
}
