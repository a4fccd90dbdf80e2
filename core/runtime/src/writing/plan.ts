import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { LedgerEntry, Token } from '../store/accounts.ts';
import type { WireValue } from '../store/attribute-days.ts';
import type { OutboxItem } from '../store/outbox.ts';
import { roomIn } from './budget.ts';
import type { Budget } from './budget.ts';
import { TAKE_BACK } from './ownership-state.ts';
import { missingScopes, scopeOf, scopeSubject } from './scopes.ts';

/** Exist takes at most 35 objects a call. */
export const BATCH = 35;
/** A token this close to its end counts as expired, so that it does not end between two calls. */
export const EXPIRY_MARGIN_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
/** Today, yesterday and the day before are kept current; what is older waits behind them, newest first. */
const RECENT_DAYS = 2;

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
  /** Keys (`dayKey`, `attributeKey`) settled in this sync, whatever came of them: not tried again in it. */
  readonly settled?: ReadonlySet<string>;
}

export interface PlannedUpdate extends DayKey {
  readonly value: WireValue;
}
export interface PlannedAttribute {
  readonly attribute: string;
}

export type Step =
  | { readonly kind: 'refresh' }
  | { readonly kind: 'acquire'; readonly items: readonly PlannedAttribute[] }
  | { readonly kind: 'create'; readonly items: readonly PlannedAttribute[] }
  | { readonly kind: 'update'; readonly items: readonly PlannedUpdate[] };

export interface PlanProblem {
  readonly code: string;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
}

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
  const due = input.outbox.filter((item) => isDue(input, usable, item));
  const owned = new Set(input.ledger.filter(({ state }) => state === 'owned').map(({ attribute }) => attribute));
  const isUnowned = (attribute: string): boolean => !owned.has(attribute);

  // Ownership is asked for once and for all attributes together, as soon as one of the new ones has something to write.
  const isWaitingDelta = ({ attribute, date }: OutboxItem): boolean => {
    const configured = usable.get(attribute);
    return configured !== undefined && date === input.today && isIncremented(configured);
  };
  const needsOwnership =
    due.some(({ attribute }) => isUnowned(attribute)) ||
    input.outbox.some((item) => isUnowned(item.attribute) && isWaitingDelta(item));
  const fresh = needsOwnership
    ? [...usable.values()].filter(({ name }) => isUnowned(name) && !input.settled?.has(attributeKey(name)))
    : [];
  const isKnownByName = (name: string): boolean =>
    input.ledger.some((entry) => entry.attribute === name && entry.reason === TAKE_BACK);
  const byAcquire = fresh.filter(({ name, template }) => template !== undefined || isKnownByName(name));
  const byCreate = fresh.filter((attribute) => !byAcquire.includes(attribute));
  const coming = new Set(fresh.map(({ name }) => name));
  const writable = due.filter(({ attribute }) => owned.has(attribute) || coming.has(attribute));

  const work: Step[] = [
    ...inBatches(byAcquire.map(({ name }) => ({ attribute: name }))).map((items): Step => ({ kind: 'acquire', items })),
    ...inBatches(byCreate.map(({ name }) => ({ attribute: name }))).map((items): Step => ({ kind: 'create', items })),
    ...inBatches(inOrder(writable, input.today)).map((items): Step => ({ kind: 'update', items })),
  ];
  const wanted: Step[] = work.length > 0 && needsRefresh(input) ? [{ kind: 'refresh' }, ...work] : work;
  const allowed = wanted.slice(0, roomIn(input.budget, input.reason === 'user'));
  if (allowed.length < wanted.length) problems.push(budgetProblem(input, wanted.length - allowed.length));
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

function isDue(input: PlanInput, usable: ReadonlyMap<string, AttributeConfiguration>, item: OutboxItem): boolean {
  const attribute = usable.get(item.attribute);
  if (attribute === undefined || item.value === item.confirmed || item.date > input.today) return false;
  if (input.settled !== undefined && input.settled.size > 0 && input.settled.has(dayKey(item))) return false;
  // A day that is not over is not sent as a total by attributes that send it once, or in deltas.
  if (item.date === input.today && (attribute.write === 'daily' || isIncremented(attribute))) return false;
  return isInTime(input, item);
}

/**
 * A value is sent when its change is recent, or came within `late` of its own day: so a long outage drops nothing, and
 * a day that changed for the last time long after its end and long ago is let be.
 */
function isInTime({ now, lateMs }: PlanInput, { date, changedAt }: OutboxItem): boolean {
  return changedAt >= now - lateMs || changedAt <= Date.parse(date) + DAY_MS + lateMs;
}

function inOrder(items: readonly OutboxItem[], today: LocalDay): PlannedUpdate[] {
  const oldestRecent = dayBefore(today, RECENT_DAYS);
  // The outbox comes in this order already; sorting again costs one pass and depends on nobody.
  const sorted = [...items].sort(byDay);
  const days: PlannedUpdate[] = [];
  let recentFrom = 0;
  for (const [index, item] of sorted.entries()) {
    const next = sorted[index + 1];
    // Exist leaves undefined what two items of one attribute-day in a call mean: the newest stands last.
    if (next !== undefined && next.date === item.date && next.attribute === item.attribute) continue;
    days.push({ attribute: item.attribute, date: item.date, value: item.value });
    if (item.date < oldestRecent) recentFrom = days.length;
  }
  return [...days.slice(recentFrom), ...days.slice(0, recentFrom).reverse()];
}

function byDay(one: OutboxItem, other: OutboxItem): number {
  if (one.date !== other.date) return one.date < other.date ? -1 : 1;
  if (one.attribute !== other.attribute) return one.attribute < other.attribute ? -1 : 1;
  return one.changedAt - other.changedAt;
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

function holdOf({ account, token, now, blockedUntil, clockTrusted }: PlanInput): PlanProblem | undefined {
  const connect = `run "dayfold connect${account === 'me' ? '' : ` ${account}`}"`;
  if (token === undefined) {
    return {
      code: 'exist.not_connected',
      subject: account,
      message: `account ${account} is not connected to Exist`,
      remedy: connect,
    };
  }
  if (token.dead) {
    return {
      code: 'exist.login_required',
      subject: account,
      message: 'Exist no longer accepts the stored token; nothing is lost, values wait',
      remedy: connect,
    };
  }
  if (!clockTrusted) {
    return {
      code: 'clock.untrusted',
      subject: account,
      message: 'the clock of this host cannot be right; nothing is sent until it is set',
      remedy: 'check the time service of the host',
    };
  }
  if (blockedUntil !== undefined && blockedUntil > now) {
    const until = new Date(blockedUntil).toISOString();
    return {
      code: 'exist.waiting',
      subject: account,
      message: `nothing is sent before ${until}, for Exist asked to wait or did not answer`,
      remedy: 'none needed',
    };
  }
  return undefined;
}

function requestOf(step: Step): PlannedRequest {
  return { endpoint: step.kind, items: step.kind === 'refresh' ? [] : step.items };
}

function scopeProblem(account: string, group: string): PlanProblem {
  return {
    code: 'exist.scope_missing',
    subject: scopeSubject(account, group),
    message: `the login does not allow writing to the group ${group}; its values wait`,
    remedy: 'run "dayfold connect" to log in again with that scope',
  };
}

function ownershipProblem({ attribute, state, reason }: LedgerEntry): PlanProblem {
  return state === 'lost'
    ? {
        code: 'exist.attribute_lost',
        subject: attribute,
        message: `${attribute} now belongs to another service at Exist; its values wait`,
        remedy: 'take it back from the dashboard, or remove it from dayfold.yaml',
      }
    : {
        code: 'exist.attribute_blocked',
        subject: attribute,
        message: `${attribute} cannot be written: ${reason ?? 'Exist refused it'}`,
        remedy: 'change its label, group or type in dayfold.yaml, or take it over from the dashboard',
      };
}

function duplicateProblem({ name, template, label }: AttributeConfiguration): PlanProblem {
  return {
    code: 'exist.attribute_twice',
    subject: name,
    message: `${name} names the same attribute at Exist (${template ?? label}) as another one`,
    remedy: 'remove one of them from dayfold.yaml',
  };
}

function budgetProblem({ account, budget }: PlanInput, left: number): PlanProblem {
  return {
    code: 'exist.budget',
    subject: account,
    message: `${left} requests wait for a later hour: ${budget.usedLastHour} of ${budget.limit} are used`,
    remedy: 'none needed',
  };
}

function dayBefore(day: LocalDay, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10);
}
