import type { Instant, JournalReading } from '@dayfold/runtime';
import { contentIn, daysIn } from '../bodies/dated-bodies.ts';
import { compareReadings } from '../bodies/in-order.ts';
import { countOf } from '../bodies/reading-columns.ts';

export interface PageDifference {
  readonly added: number;
  readonly gone: number;
  readonly unchanged: number;
  /** UTC midnights of the dates on which readings came or went. */
  readonly days: Iterable<Instant>;
}

/** Of equal readings as many are unchanged as there are on both sides. Undefined: there is no page. */
export function pageDifference(before: Uint8Array | undefined, after: Uint8Array | undefined): PageDifference {
  if (before === undefined || after === undefined) {
    const body = before ?? after;
    const count = body === undefined ? 0 : countOf(body);
    const days = body === undefined ? [] : daysIn(body);
    return { added: after === undefined ? 0 : count, gone: before === undefined ? 0 : count, unchanged: 0, days };
  }
  if (Buffer.compare(before, after) === 0) return { added: 0, gone: 0, unchanged: countOf(after), days: [] };
  return difference(before, after);
}

/** Both walked through in their one order: no more than one reading of each is in memory. */
function difference(before: Uint8Array, after: Uint8Array): PageDifference {
  const days = new Set<Instant>();
  const [left, right] = [contentIn(before), contentIn(after)];
  let [old, fresh] = [left.next(), right.next()];
  let unchanged = 0;
  while (old.done !== true || fresh.done !== true) {
    const order = old.done === true ? 1 : fresh.done === true ? -1 : compareReadings(old.value, fresh.value);
    if (order === 0) unchanged += 1;
    else days.add(((order < 0 ? old : fresh) as IteratorYieldResult<JournalReading>).value.at);
    if (order <= 0) old = left.next();
    if (order >= 0) fresh = right.next();
  }
  return { added: countOf(after) - unchanged, gone: countOf(before) - unchanged, unchanged, days };
}
