import type { LocalDay } from '../day/calendar.ts';
import type { Increment, OutboxItem } from '../store/outbox.ts';
import type { AccountContext } from './account-context.ts';
import { dayKey, isIncremented } from './plan.ts';
import { missingScopes } from './scopes.ts';

const DECIMALS = 1e6;

/** What an attribute-day has grown by since Exist confirmed it. */
export interface Delta {
  readonly item: OutboxItem;
  readonly name: string;
  readonly delta: number;
  /** Of deltas before this one of which nobody knows whether they arrived. */
  readonly unclear: readonly Increment[];
}

/** Today's deltas of attributes that are ours and may be written. */
export async function deltasOf(context: AccountContext, today: LocalDay): Promise<readonly Delta[]> {
  const { account, parts, attributes } = context;
  const { store } = parts;
  const { deniedGroups = [] } = await context.memory.read();
  const token = await store.tokens.get(account);
  const entries = await store.ledger.entries(account);
  const names = new Map(entries.filter(({ state }) => state === 'owned').map((entry) => [entry.attribute, entry.name]));
  const unclear = Map.groupBy(await store.outbox.increments(account), dayKey);
  return (await store.outbox.due(account)).flatMap((item): readonly Delta[] => {
    const attribute = attributes.find(({ name }) => name === item.attribute);
    const name = names.get(item.attribute);
    if (attribute === undefined || name === undefined || item.date !== today || !isIncremented(attribute)) return [];
    if (deniedGroups.includes(attribute.group) || missingScopes([attribute], token).length > 0) return [];
    if (typeof item.value !== 'number') return [];
    const doubtful = unclear.get(dayKey(item)) ?? [];
    const delta = rounded(item.value - confirmedOf(item) - sumOf(doubtful));
    // A total that falls is put right by the total after the day; whether Exist takes negative deltas is not known.
    return delta > 0 ? [{ item, name, delta, unclear: doubtful }] : [];
  });
}

export function confirmedOf({ confirmed }: OutboxItem): number {
  return typeof confirmed === 'number' ? confirmed : 0;
}

export function sumOf(increments: readonly Increment[]): number {
  return increments.reduce((sum, { delta }) => sum + delta, 0);
}

/** Sums of decimals carry noise that would make equal totals differ. */
export function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}
