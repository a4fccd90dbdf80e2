import type { Account, Item, ItemOutcome } from './account.ts';
import { BATCH_LIMIT } from './counters.ts';
import type { FaultKind } from './faults.ts';
import type { Grant } from './grants.ts';
import type { Answer } from './respond.ts';
import type { TwinState } from './state.ts';
import { attributeJson } from './wire.ts';

export const WRITE_ENDPOINTS = ['acquire', 'release', 'create', 'update', 'increment'] as const;
export type WriteEndpoint = (typeof WRITE_ENDPOINTS)[number];

/** The items of a write call, or the answer to a body that has none. */
export function itemsOf(body: string, contentType: string): readonly Item[] | Answer {
  if (!contentType.startsWith('application/json'))
    return { status: 415, json: { detail: 'Unsupported media type in request.' } };
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { status: 400, json: { detail: 'JSON parse error' } };
  }
  if (!Array.isArray(parsed) || parsed.length === 0)
    return { status: 400, json: { error: 'Expected an array of objects' } };
  if (parsed.length > BATCH_LIMIT)
    return { status: 400, json: { error: `At most ${BATCH_LIMIT} objects per request` } };
  if (parsed.some((one) => typeof one !== 'object' || one === null))
    return { status: 400, json: { error: 'Expected an array of objects' } };
  return parsed as Item[];
}

/** Settles each item by itself: 200 when all succeeded, 202 otherwise; the answer carries no index. */
export function applied(
  state: TwinState,
  endpoint: WriteEndpoint,
  grant: Grant,
  items: readonly Item[],
  fullObjects: boolean,
  fault: FaultKind | undefined,
): Answer {
  const { account, counters } = state;
  const keys = items.map((item) => JSON.stringify([item['name'] ?? item['template'] ?? item['label'], item['date']]));
  counters.duplicateItems += keys.length - new Set(keys).size;
  if (endpoint === 'update' && fault === undefined) counters.updated(grant.accessToken, items.length, state.now());
  const success: unknown[] = [];
  const failed: unknown[] = [];
  items.forEach((item, index) => {
    const outcome: ItemOutcome =
      fault === '202-mixed' && index % 2 === 0
        ? { ok: false, code: 'server_error', error: 'Something went wrong' }
        : account[endpoint](grant, item, index);
    if (!outcome.ok) return failed.push({ ...echoOf(item, fault), error_code: outcome.code, error: outcome.error });
    const full = fullObjects && (endpoint === 'acquire' || endpoint === 'create');
    success.push(full ? attributeJson(account, outcome.attribute) : outcome.echo);
    if (endpoint === 'acquire' || endpoint === 'create') stealIfAsked(state, account, outcome.attribute.name);
    return undefined;
  });
  if (fault === 'omit-item') (success.length > 0 ? success : failed).pop();
  if (fault === 'permuted') [success, failed].forEach((list) => list.reverse());
  return { status: failed.length === 0 ? 200 : 202, json: { success, failed } };
}

/** One documented failure carries the name under `title`. */
function echoOf(item: Item, fault: FaultKind | undefined): Item {
  if (fault !== 'title-for-name') return item;
  const { name, label, ...rest } = item;
  return { ...rest, title: name ?? label };
}

function stealIfAsked(state: TwinState, account: Account, name: string): void {
  const thief = state.stolenOnAcquire.get(name);
  if (thief !== undefined) account.steal(name, thief);
}
