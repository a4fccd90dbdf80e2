import type { Instant, JournalReading } from '@dayfold/runtime';
import { daysIn, readingsIn } from './dated-bodies.ts';
import { compareReadings } from './in-order.ts';
import { countOf } from './reading-columns.ts';

export interface PageDifference {
  readonly added: number;
  readonly gone: number;
  readonly unchanged: number;
  /** UTC midnights of the dates on which readings came or went. */
  readonly days: Iterable<Instant>;
}

const UNSAID = { series: '', table: '', receivedAt: 0 };

/** Of equal readings as many are unchanged as there are on both sides. Undefined: there is no page. */
export function pageDifference(before: Uint8Array | undefined, after: Uint8Array | undefined): PageDifference {
  if (before === undefined || after === undefined) {
    const body = before ?? after;
    const count = body === undefined ? 0 : countOf(body);
    const days = body === undefined ? [] : daysIn(body);
    return { added: after === undefined ? 0 : count, gone: before === undefined ? 0 : count, unchanged: 0, days };
  }
  if (Buffer.compare(before, after) === 0) return { added: 0, gone: 0, unchanged: countOf(after), days: [] };
  return difference(readingsIn(before, UNSAID), readingsIn(after, UNSAID));
}

function difference(before: readonly JournalReading[], after: readonly JournalReading[]): PageDifference {
  const days = new Set<Instant>();
  let [left, right, unchanged] = [0, 0, 0];
  while (left < before.length || right < after.length) {
    const [old, fresh] = [before[left], after[right]];
    const order = old === undefined ? 1 : fresh === undefined ? -1 : compareReadings(old, fresh);
    if (order === 0) unchanged += 1;
    else days.add(((order < 0 ? old : fresh) as JournalReading).at);
    if (order <= 0) left += 1;
    if (order >= 0) right += 1;
  }
  return { added: after.length - unchanged, gone: before.length - unchanged, unchanged, days };
}
