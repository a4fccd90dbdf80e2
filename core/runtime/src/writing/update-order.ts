import type { DayKey } from '../config/configuration.ts';
import type { LocalDay } from '../day/calendar.ts';
import type { WireValue } from '../store/attribute-days.ts';
import type { OutboxItem } from '../store/outbox.ts';

const DAY_MS = 24 * 3_600_000;
/** Today, yesterday and the day before are kept current; what is older waits behind them, newest first. */
const RECENT_DAYS = 2;

/** One value to be sent, each attribute-day once. */
export interface PlannedUpdate extends DayKey {
  readonly value: WireValue;
}
/** A day that `inOrder` counts as old: what Exist may refuse for its age. */
export function isOld(date: LocalDay, today: LocalDay): boolean {
  return date < dayBefore(today, RECENT_DAYS);
}

/** What is recent first, oldest day first; then what is older, newest day first. */
export function inOrder(items: readonly OutboxItem[], today: LocalDay): PlannedUpdate[] {
  const oldestRecent = dayBefore(today, RECENT_DAYS);
  const days: PlannedUpdate[] = [];
  let older = 0;
  let previous: OutboxItem | undefined;
  for (const item of sorted(items)) {
    // Exist leaves undefined what two items of one attribute-day in a call mean: the newest stands last.
    if (previous !== undefined && previous.date === item.date && previous.attribute === item.attribute) days.pop();
    days.push({ attribute: item.attribute, date: item.date, value: item.value });
    if (item.date < oldestRecent) older = days.length;
    previous = item;
  }
  return older === 0 ? days : [...days.slice(older), ...days.slice(0, older).reverse()];
}

/** The outbox comes in this order already; one pass makes sure, so that it depends on nobody. */
function sorted(items: readonly OutboxItem[]): readonly OutboxItem[] {
  const isSorted = items.every((item, index) => index === 0 || byDay(items[index - 1] as OutboxItem, item) <= 0);
  return isSorted ? items : [...items].sort(byDay);
}

function byDay(one: OutboxItem, other: OutboxItem): number {
  if (one.date !== other.date) return one.date < other.date ? -1 : 1;
  if (one.attribute !== other.attribute) return one.attribute < other.attribute ? -1 : 1;
  return one.changedAt - other.changedAt;
}

function dayBefore(day: LocalDay, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}
