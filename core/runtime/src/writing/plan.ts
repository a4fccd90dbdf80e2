import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { LedgerEntry, Token } from '../store/accounts.ts';
import type { WireValue } from '../store/attribute-days.ts';
import type { OutboxItem } from '../store/outbox.ts';
import { roomIn } from './budget.ts';
import type { Budget } from './budget.ts';
import { TAKE_BACK } from './ownership-state.ts';
import {
  budgetProblem,
  duplicateProblem,
  holdOf,
  ownershipProblem,
  scopeProblem,
  tooOldProblem,
} from './plan-problems.ts';
import type { PlanProblem } from './plan-problems.ts';
import { missingScopes, scopeOf } from './scopes.ts';
import { inOrder } from './update-order.ts';
import type { PlannedUpdate } from './update-order.ts';

/** Exist takes at most 35 objects a call. */
export const BATCH = 35;
/** A token this close to its end counts as expired, so that it does not end between two calls. */
export const EXPIRY_MARGIN_MS = 60_000;
const DAY_MS = 24 * 3_600_000;

export type SyncReason = 'periodic' | 'midnight' | 'start' | 'user' | 'retry';

export interface PlanInput {
  readonly now: Instant;
  readonly today: LocalDay;
  readonly account: string;
  readonly attributes: readonly AttributeConfiguration[];
  readonly outbox: readonly OutboxItem[];
  readonly ledger: readonly LedgerEntry[];
  readonly token: Token | undefined;
  readonly clockTrusted: boolean;
  readonly budget: Budget;
  readonly lastSyncAt: Instant | undefined;
  readonly nextSyncAt: Instant | undefined;
  readonly reason: SyncReason;
  readonly lateMs: number;
  /** Exist asked to wait until then (429), or failures back off. */
  readonly blockedUntil: Instant | undefined;
  /** Groups that Exist turned away although the token seemed to allow them; until the next login. */
  readonly deniedGroups?: ReadonlySet<string>;
  /** After a login: nothing new is acquired before. */
  readonly acquireFrom?: Instant | undefined;
  /** Exist refused this day as too old. */
  readonly tooOld?: LocalDay | undefined;
  /** Keys (`dayKey`, `attributeKey`) settled in this sync, whatever came of them: not tried again in it. */
  readonly settled?: ReadonlySet<string>;
}

export interface PlannedAttribute {
  readonly attribute: string;
}

export type Step =
  | { readonly kind: 'refresh' }
  | { readonly kind: 'acquire'; readonly items: readonly PlannedAttribute[] }
  | { readonly kind: 'create'; readonly items: readonly PlannedAttribute[] }
  | { readonly kind: 'update'; readonly items: readonly PlannedUpdate[] };

export interface PlannedRequest {
  readonly endpoint: 'refresh' | 'acquire' | 'create' | 'update';
  readonly items: readonly { readonly attribute: string; readonly date?: LocalDay; readonly value?: WireValue }[];
}

export interface Plan {
  readonly account: string;
  readonly at: Instant | undefined;
  /** In the order of execution. Empty while something holds the account back. */
  readonly steps: readonly Step[];
  /** What would be sent once nothing holds the account back. */
  readonly requests: readonly PlannedRequest[];
  /** Why nothing can be sent now. */
  readonly hold: PlanProblem | undefined;
  readonly problems: readonly PlanProblem[];
}

/** Decides everything and does nothing. Linear in the size of the outbox. */
export function plan(input: PlanInput): Plan {
  const problems: PlanProblem[] = [];
  const usable = usableAttributes(input, problems);
  const { tooOld } = input;
  const differing = dueOf(input, usable);
  const due = tooOld === undefined ? differing : differing.filter(({ date }) => date > tooOld);
  if (tooOld !== undefined && due.length < differing.length)
    problems.push(tooOldProblem(input.account, tooOld, differing.length - due.length));
  const owned = new Set(input.ledger.filter(({ state }) => state === 'owned').map(({ attribute }) => attribute));

  // Ownership is asked for once and for all attributes together, as soon as one of the new ones has something to write.
  const unowned = new Map([...usable].filter(([name]) => !owned.has(name)));
  const isWaitingDelta = ({ attribute, date }: OutboxItem): boolean => {
    const configured = unowned.get(attribute);
    return configured !== undefined && date === input.today && isIncremented(configured);
  };
  const mayAcquire = input.acquireFrom === undefined || input.acquireFrom <= input.now;
  const needsOwnership =
    mayAcquire &&
    unowned.size > 0 &&
    (due.some(({ attribute }) => unowned.has(attribute)) || input.outbox.some(isWaitingDelta));
  const fresh = needsOwnership
    ? [...unowned.values()].filter(({ name }) => !input.settled?.has(attributeKey(name)))
    : [];
  const isKnownByName = (name: string): boolean =>
    input.ledger.some((entry) => entry.attribute === name && entry.reason === TAKE_BACK);
  const byAcquire = fresh.filter(({ name, template }) => template !== undefined || isKnownByName(name));
  const byCreate = fresh.filter((attribute) => !byAcquire.includes(attribute));
  const coming = new Set(fresh.map(({ name }) => name));
  const writable =
    unowned.size === 0 ? due : due.filter(({ attribute }) => owned.has(attribute) || coming.has(attribute));

  const work: Step[] = [
    ...inBatches(byAcquire.map(({ name }) => ({ attribute: name }))).map((items): Step => ({ kind: 'acquire', items })),
    ...inBatches(byCreate.map(({ name }) => ({ attribute: name }))).map((items): Step => ({ kind: 'create', items })),
    ...inBatches(inOrder(writable, input.today)).map((items): Step => ({ kind: 'update', items })),
  ];
  const wanted: Step[] = work.length > 0 && needsRefresh(input) ? [{ kind: 'refresh' }, ...work] : work;
  const allowed = wanted.slice(0, roomIn(input.budget, input.reason === 'user'));
  if (allowed.length < wanted.length)
    problems.push(budgetProblem(input.account, input.budget, wanted.length - allowed.length));
  const hold = holdOf(input);
  if (hold !== undefined) problems.unshift(hold);
  return {
    account: input.account,
    at: hold === undefined || input.blockedUntil !== undefined ? input.nextSyncAt : undefined,
    steps: hold === undefined ? allowed : [],
    requests: allowed.map(requestOf),
    hold,
    problems,
  };
}

export function dayKey({ attribute, date }: DayKey): string {
  return `${date} ${attribute}`;
}

export function attributeKey(attribute: string): string {
  return `=${attribute}`;
}

/** Stands in `settled` once the token was seen to in this sync. */
export const REFRESH_KEY = '= token';

/** Attributes whose days gather on Exist by deltas. Other types cannot be incremented and are written as totals. */
export function isIncremented({ write, type }: Pick<AttributeConfiguration, 'write' | 'type'>): boolean {
  return write === 'increment' && (type === 'integer' || type === 'float' || type === 'duration');
}

function usableAttributes(input: PlanInput, problems: PlanProblem[]): Map<string, AttributeConfiguration> {
  const usable = new Map<string, AttributeConfiguration>();
  const lacking = new Set(missingScopes(input.attributes, input.token));
  const ledger = new Map(input.ledger.map((entry) => [entry.attribute, entry]));
  const named = new Set<string>();
  const denied = new Set<string>();
  for (const attribute of input.attributes) {
    if (attribute.account !== input.account) continue;
    const scope = scopeOf(attribute);
    const entry = ledger.get(attribute.name);
    const place =
      attribute.template === undefined ? `label ${attribute.label.toLowerCase()}` : `template ${attribute.template}`;
    if ((scope !== undefined && lacking.has(scope)) || input.deniedGroups?.has(attribute.group) === true)
      denied.add(attribute.group);
    else if (entry !== undefined && entry.state !== 'owned' && entry.reason !== TAKE_BACK) {
      if (entry.state !== 'released') problems.push(ownershipProblem(entry));
    } else if (named.has(place)) problems.push(duplicateProblem(attribute));
    else {
      named.add(place);
      usable.set(attribute.name, attribute);
    }
  }
  for (const group of [...denied].sort()) problems.push(scopeProblem(input.account, group));
  return usable;
}

function dueOf(input: PlanInput, usable: ReadonlyMap<string, AttributeConfiguration>): OutboxItem[] {
  const { today, now, lateMs } = input;
  const settled = input.settled !== undefined && input.settled.size > 0 ? input.settled : undefined;
  // A day that is not over is not sent as a total by attributes that send it once, or in deltas.
  const isSentToday = (attribute: AttributeConfiguration): boolean =>
    attribute.write !== 'daily' && !isIncremented(attribute);
  const endsLate = endOfLateness(lateMs);
  return input.outbox.filter((item) => {
    const attribute = usable.get(item.attribute);
    if (attribute === undefined || item.value === item.confirmed || item.date > today) return false;
    if (settled?.has(dayKey(item)) === true) return false;
    if (item.date === today && !isSentToday(attribute)) return false;
    // A value is sent when its change is recent, or came within `late` of its own day: so a long outage drops nothing,
    // and a day that changed for the last time long after its end and long ago is let be.
    return item.changedAt >= now - lateMs || item.changedAt <= endsLate(item.date);
  });
}

/** Until when a change of a day counts as late and no more as an afterthought. Items of one day stand together: it is worked out once for them. */
function endOfLateness(lateMs: number): (date: LocalDay) => Instant {
  let day: LocalDay | undefined;
  let end = 0;
  return (date) => {
    if (date !== day) end = Date.parse(date) + DAY_MS + lateMs;
    day = date;
    return end;
  };
}

function inBatches<Item>(items: readonly Item[]): Item[][] {
  const batches: Item[][] = [];
  for (let from = 0; from < items.length; from += BATCH) batches.push(items.slice(from, from + BATCH));
  return batches;
}

/** With a clock that cannot be trusted a token is never judged expired; a 401 tells. */
function needsRefresh({ token, now, clockTrusted, settled }: PlanInput): boolean {
  if (settled?.has(REFRESH_KEY) === true) return false;
  if (token?.refreshToken === undefined) return false;
  if (token.refreshIntentAt !== undefined) return true;
  return clockTrusted && token.expiresAt !== undefined && token.expiresAt <= now + EXPIRY_MARGIN_MS;
}

function requestOf(step: Step): PlannedRequest {
  return { endpoint: step.kind, items: step.kind === 'refresh' ? [] : step.items };
}
