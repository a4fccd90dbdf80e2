import type { Value } from '@dayfold/sdk';
import type { JournalReading } from './journal.ts';

/** The journal's order: (at, start, value, id); what is absent first, numbers before text, a boolean as 0 or 1. */
export function byTime(left: JournalReading, right: JournalReading): number {
  return (
    left.at - right.at ||
    (left.start ?? Number.NEGATIVE_INFINITY) - (right.start ?? Number.NEGATIVE_INFINITY) ||
    byValue(left.value, right.value) ||
    byText(left.id ?? '', right.id ?? '')
  );
}

/** Nothing but receipt and time of arrival may differ. */
export function isSameReading(left: JournalReading, right: JournalReading): boolean {
  return (
    left.at === right.at &&
    left.start === right.start &&
    left.date === right.date &&
    left.value === right.value &&
    left.unit === right.unit &&
    left.table === right.table &&
    left.retained === right.retained &&
    left.arrival === right.arrival
  );
}

function byValue(left: Value, right: Value): number {
  if (typeof left === 'string') return typeof right === 'string' ? byText(left, right) : 1;
  return typeof right === 'string' ? -1 : Number(left) - Number(right);
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
