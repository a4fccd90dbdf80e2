import type { DayKey } from '../config/configuration.ts';
import type { LocalDay } from '../day/calendar.ts';
import { daysSince1970 } from '../day/local-days.ts';

/** Days of an attribute, in order and near each other: read together, they cost a few statements and not some for each. */
export interface DayRun<Key extends DayKey = DayKey> {
  readonly attribute: string;
  readonly first: LocalDay;
  readonly last: LocalDay;
  readonly keys: readonly Key[];
}

/** Years of single readings come in few runs; what is read at once has a bound of its own. */
const LONGEST = 512;
/** Days; what lies between is read too, for nothing. */
const MOST_BETWEEN = 7;

/** For days that hold too much to be read at once. */
export function halvesOf<Key extends DayKey>({ attribute, keys }: DayRun<Key>): readonly DayRun<Key>[] {
  const middle = keys.length >>> 1;
  return [keys.slice(0, middle), keys.slice(middle)].flatMap((half) => {
    const [first, last] = [half[0]?.date, half.at(-1)?.date];
    return first === undefined || last === undefined ? [] : [{ attribute, first, last, keys: half }];
  });
}

export function runsOf<Key extends DayKey>(keys: readonly Key[]): DayRun<Key>[] {
  const runs: { attribute: string; first: LocalDay; last: LocalDay; at: number; keys: Key[] }[] = [];
  for (const key of inOrder(keys)) {
    const run = runs.at(-1);
    const at = daysSince1970(key.date);
    if (run?.attribute === key.attribute && at - run.at <= MOST_BETWEEN && run.keys.length < LONGEST) {
      run.keys.push(key);
      run.last = key.date;
      run.at = at;
    } else runs.push({ attribute: key.attribute, first: key.date, last: key.date, at, keys: [key] });
  }
  return runs;
}

/** They mostly come so. */
function inOrder<Key extends DayKey>(keys: readonly Key[]): readonly Key[] {
  const isSorted = keys.every((key, index) => index === 0 || isBehind(key, keys[index - 1] as Key));
  return isSorted ? keys : keys.toSorted(byAttributeAndDate);
}

function isBehind({ attribute, date }: DayKey, earlier: DayKey): boolean {
  return attribute === earlier.attribute ? date >= earlier.date : attribute > earlier.attribute;
}

function byAttributeAndDate(left: DayKey, right: DayKey): number {
  return compare(left.attribute, right.attribute) || compare(left.date, right.date);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
