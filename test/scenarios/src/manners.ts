import type { ExistTwin, LoggedCall } from '@dayfold/exist-twin';

/** How a client kept Exist's manners in a scenario. */
export interface Manners {
  readonly tokenCalls: number;
  readonly unchangedItems: number;
  readonly mergeableCalls: number;
  readonly periodicSyncsWithinAnHour: number;
  /** Attributes acquired or created more than once. */
  readonly ownedAgain: readonly string[];
  /** Days to which more was added than they came to. */
  readonly addedTwice: readonly string[];
}

export const GOOD_MANNERS: Manners = {
  tokenCalls: 0,
  unchangedItems: 0,
  mergeableCalls: 0,
  periodicSyncsWithinAnHour: 0,
  ownedAgain: [],
  addedTwice: [],
};

export function mannersOf(twin: ExistTwin): Manners {
  const { tokenCalls, unchangedItems, mergeableCalls, periodicSyncsWithinAnHour, acquires, creates } = twin.counters();
  const owned = [...Object.entries(acquires), ...Object.entries(creates)];
  return {
    tokenCalls,
    // Sent again after an answer that never came is right.
    unchangedItems: unchangedItems - repeatedAfterFaults(twin.requests()),
    mergeableCalls,
    periodicSyncsWithinAnHour,
    ownedAgain: owned.filter(([, times]) => times !== 1).map(([name]) => name),
    addedTwice: addedTwice(twin),
  };
}

/** Items of an update whose answer was spoiled that came once more with the same value. */
function repeatedAfterFaults(calls: readonly LoggedCall[]): number {
  const updates = calls.filter(({ endpoint }) => endpoint === 'update');
  const text = (item: unknown): string => JSON.stringify(item);
  return updates.reduce((sum, { fault, items }, index) => {
    if (fault === undefined) return sum;
    const later = updates.slice(index + 1).flatMap((call) => call.items.map(text));
    return sum + items.filter((item) => later.includes(text(item))).length;
  }, 0);
}

function addedTwice(twin: ExistTwin): string[] {
  const sums = new Map<string, number>();
  for (const { endpoint, items, status } of twin.requests()) {
    if (endpoint !== 'increment' || status !== 200) continue;
    for (const { name, date, value } of items) {
      const key = `${String(name)} ${String(date)}`;
      sums.set(key, (sums.get(key) ?? 0) + Number(value));
    }
  }
  const values = twin.values();
  return [...sums].flatMap(([key, sum]) => {
    const [name = '', date = ''] = key.split(' ');
    return sum > Number(values[name]?.[date] ?? 0) ? [key] : [];
  });
}
