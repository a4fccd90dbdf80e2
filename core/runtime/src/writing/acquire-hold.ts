import type { Instant } from '../day/calendar.ts';
import type { Change } from '../store/changes.ts';
import type { KeyValues } from '../store/problems.ts';

const SCOPE = 'dayfold';

/** How long a login, and then the person who reads what it takes over, keeps new attributes from being acquired. */
export const SHOWING_MS = 60_000;

/** Nothing new is acquired for the account before then; undefined: at once. Stored with the token, so that no sync comes between. */
export function acquireHold(account: string, until: Instant | undefined): Change {
  return { kind: 'keep', scope: SCOPE, key: keyOf(account), value: until ?? null };
}

export async function acquireHeldUntil(keyValues: KeyValues, account: string): Promise<Instant | undefined> {
  return ((await keyValues.get(SCOPE, keyOf(account))) ?? undefined) as Instant | undefined;
}

function keyOf(account: string): string {
  return `acquire_from.${account}`;
}
