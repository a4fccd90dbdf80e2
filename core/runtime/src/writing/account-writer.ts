import type { LocalDay } from '../day/calendar.ts';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { WireValue } from '../store/attribute-days.ts';
import { AccountContext } from './account-context.ts';
import { RESERVE_FOR_USER, WINDOW_MS, budgetOf, roomAgainAt, roomIn } from './budget.ts';
import type { Answered, Unanswered, UpdateItem } from './exist-gateway.ts';
import { inParts } from './in-parts.ts';
import { Increments } from './increments.ts';
import { Ownership } from './ownership.ts';
import { REFRESH_KEY, attributeKey, dayKey, isIncremented, plan } from './plan.ts';
import type { Plan, PlannedUpdate, PlanProblem, Step, SyncReason } from './plan.ts';
import { backoffMs } from './retry-times.ts';
import { scopeSubject } from './scopes.ts';
import type { WritingParts, WritingSettings } from './writing-parts.ts';

export interface SyncReport {
  readonly requests: number;
  readonly sent: number;
  readonly confirmed: number;
  readonly failed: number;
  /** Why nothing was sent. */
  readonly skippedReason?: string;
}

interface Tally {
  sent: number;
  confirmed: number;
  failed: number;
}

const DAY_MS = 24 * 3_600_000;
const LATE_MS = 30 * DAY_MS;
/** Failed syncs in a row before the person is told. */
const PATIENCE = 3;
/** Raised as long as the plan names them, cleared when it no longer does. */
const STANDING = [
  'exist.scope_missing',
  'exist.not_connected',
  'exist.login_required',
  'exist.attribute_lost',
  'exist.attribute_blocked',
  'exist.attribute_twice',
  'clock.untrusted',
];

/**
 * Performs the plan of one account: one step after the other, each outcome recorded before the next, planning again
 * whenever ownership or the token changed. One sync at a time; the coordinator sees to that.
 */
export class AccountWriter {
  readonly context: AccountContext;
  readonly ownership: Ownership;
  readonly increments: Increments;

  constructor(account: string, parts: WritingParts, settings: () => WritingSettings) {
    this.context = new AccountContext(account, parts, settings);
    this.ownership = new Ownership(this.context);
    this.increments = new Increments(this.context);
  }

  async planFor(
    reason: SyncReason,
    nextSyncAt: number | undefined,
    settled: ReadonlySet<string> = new Set(),
  ): Promise<Plan> {
    const { account, parts, attributes, memory, settings } = this.context;
    const { store, clock } = parts;
    const now = clock.now();
    const { lastSyncAt, blockedUntil, deniedGroups = [] } = await memory.read();
    return plan({
      now,
      today: this.#today(),
      account,
      attributes,
      outbox: await store.outbox.due(account),
      ledger: await store.ledger.entries(account),
      token: await store.tokens.get(account),
      clockTrusted: clock.trusted(),
      budget: budgetOf(await store.requestLog.since(account, now - WINDOW_MS), now),
      lastSyncAt,
      nextSyncAt,
      reason,
      lateMs: settings.exist?.lateMs ?? LATE_MS,
      blockedUntil,
      deniedGroups: new Set(deniedGroups),
      settled,
    });
  }

  async sync(reason: SyncReason): Promise<SyncReport> {
    const { calls } = this.context;
    const before = calls.made;
    const tally: Tally = { sent: 0, confirmed: 0, failed: 0 };
    const full = reason === 'user' ? await this.#fullUntil() : undefined;
    if (full !== undefined) return { requests: 0, ...tally, skippedReason: full };
    const settled = new Set<string>();
    let next = await this.planFor(reason, undefined);
    await this.#show(next.problems);
    if (next.hold !== undefined) return { requests: 0, ...tally, skippedReason: next.hold.message };
    let stop: Unanswered | undefined;
    while (next.steps.length > 0 && stop === undefined) {
      stop = await this.#perform(next.steps, settled, tally);
      if (stop === undefined) next = await this.planFor(reason, undefined, settled);
    }
    stop ??= await this.#sendIncrements(tally);
    await this.#conclude(stop);
    if (settled.size > 0 || stop !== undefined) await this.#show((await this.planFor(reason, undefined)).problems);
    const requests = calls.made - before;
    return { requests, ...tally, ...(stop === undefined ? {} : { skippedReason: stopText(stop) }) };
  }

  /** Only the deltas; between syncs. */
  async sendIncrements(): Promise<void> {
    const { clock, store } = this.context.parts;
    const { retryAt } = await this.context.memory.read();
    const token = await store.tokens.get(this.context.account);
    if (token === undefined || token.dead || !clock.trusted() || (retryAt !== undefined && retryAt > clock.now()))
      return;
    const stop = await this.#sendIncrements({ sent: 0, confirmed: 0, failed: 0 });
    if (stop !== undefined) await this.#conclude(stop);
  }

  async #sendIncrements(tally: Tally): Promise<Unanswered | undefined> {
    const { sent, confirmed, failed, stop, troubled } = await this.increments.send(this.#today());
    tally.sent += sent;
    tally.confirmed += confirmed;
    tally.failed += failed;
    if (stop !== undefined || troubled.length === 0) return stop;
    return (await this.ownership.regain(troubled)).stop;
  }

  async #perform(steps: readonly Step[], settled: Set<string>, tally: Tally): Promise<Unanswered | undefined> {
    const { keeper } = this.context;
    for (const step of steps) {
      switch (step.kind) {
        case 'refresh': {
          settled.add(REFRESH_KEY);
          const kept = await keeper.current();
          if (kept.status === 'ready') return undefined;
          return kept.status === 'login' ? { status: 'unauthorised' } : kept;
        }
        case 'acquire':
        case 'create': {
          const attributes = step.items.flatMap(({ attribute }) => this.context.attribute(attribute) ?? []);
          for (const { name } of attributes) settled.add(attributeKey(name));
          const stop =
            step.kind === 'acquire'
              ? await this.ownership.acquire(attributes)
              : await this.ownership.create(attributes);
          return stop;
        }
        case 'update': {
          const stop = await this.#update(step.items, settled, tally);
          if (stop !== undefined) return stop;
        }
      }
    }
    return undefined;
  }

  async #update(
    planned: readonly PlannedUpdate[],
    settled: Set<string>,
    tally: Tally,
  ): Promise<Unanswered | undefined> {
    const { account, parts, calls, keeper } = this.context;
    const { store, gateway, clock } = parts;
    for (const day of planned) settled.add(dayKey(day));
    const names = new Map(
      (await store.ledger.entries(account))
        .filter(({ state }) => state === 'owned')
        .map((entry) => [entry.attribute, entry.name]),
    );
    const days = new Map<string, PlannedUpdate>();
    const items = planned.flatMap((day): UpdateItem[] => {
      const name = names.get(day.attribute);
      if (name === undefined) return [];
      days.set(`${day.date} ${name}`, day);
      return [{ name, date: day.date, value: day.value }];
    });
    if (items.length === 0) return undefined;
    const dayOf = ({ name, date }: UpdateItem): PlannedUpdate => days.get(`${date} ${name}`) as PlannedUpdate;
    const log = async (sent: readonly UpdateItem[], outcome: string): Promise<void> => {
      await store.outbox.log(
        account,
        sent.map((item) => ({ ...dayOf(item), at: clock.now(), outcome })),
      );
    };
    const troubled: UpdateItem[] = [];
    const result = await inParts(
      items,
      (item) => this.context.attribute(dayOf(item).attribute)?.group ?? '',
      async (part) => {
        const outcome = await calls.authorised(keeper, 'update', part.length, (token) => gateway.update(token, part));
        if (outcome.status === 'unclear') await log(part, `unclear: ${outcome.message}`);
        return outcome;
      },
      async (answer) => {
        tally.sent += answer.accepted.length + answer.refused.length + answer.unmentioned.length;
        troubled.push(...(await this.#settle(answer, dayOf, log, tally)));
      },
    );
    for (const { item, message } of result.poison) {
      tally.failed += 1;
      await log([item], message);
      await this.#refuse(dayOf(item), message);
    }
    for (const group of result.forbidden) await this.context.deny(group);
    if (result.stop !== undefined || troubled.length === 0) return result.stop;
    const { regained, stop } = await this.ownership.regain([...new Set(troubled.map((item) => dayOf(item).attribute))]);
    // Ours again: planned once more in this sync. A second refusal finds the attempt on record.
    for (const item of troubled) if (regained.has(dayOf(item).attribute)) settled.delete(dayKey(dayOf(item)));
    return stop;
  }

  /** Each item by itself. Returns those that are not ours at Exist. */
  async #settle(
    { accepted, refused, unmentioned }: Answered<UpdateItem, WireValue>,
    dayOf: (item: UpdateItem) => PlannedUpdate,
    log: (items: readonly UpdateItem[], outcome: string) => Promise<void>,
    tally: Tally,
  ): Promise<readonly UpdateItem[]> {
    const { account, parts } = this.context;
    const { store, clock } = parts;
    const days = accepted.map(({ item }) => dayOf(item));
    if (days.length > 0) {
      await store.outbox.confirm(account, days, clock.now());
      await log(
        accepted.map(({ item }) => item),
        'confirmed',
      );
      tally.confirmed += days.length;
      for (const attribute of new Set(days.map((day) => day.attribute)))
        await store.problems.clear('exist.value_refused', attribute);
      const incremented = days.filter((day) => isIncrementedAttribute(this.context.attribute(day.attribute)));
      if (incremented.length > 0) await this.increments.settleDays(incremented);
    }
    if (unmentioned.length > 0) await log(unmentioned, 'not mentioned in the answer');
    const troubled: UpdateItem[] = [];
    for (const { item, code, message } of refused) {
      tally.failed += 1;
      await log([item], `${code}: ${message}`);
      if (code === 'unauthorised' || code === 'not_found') troubled.push(item);
      else if (code === 'not_allowed')
        await this.context.deny(this.context.attribute(dayOf(item).attribute)?.group ?? '');
      else await this.#refuse(dayOf(item), `${code}: ${message}`);
    }
    return troubled;
  }

  async #refuse(day: PlannedUpdate, reason: string): Promise<void> {
    const { account, parts } = this.context;
    const since = parts.clock.now();
    await parts.store.outbox.refuse(account, day, reason, since);
    await parts.store.problems.raise({
      code: 'exist.value_refused',
      subject: day.attribute,
      since,
      message: `Exist refused ${JSON.stringify(day.value)} for ${day.attribute} on ${day.date}: ${reason}`,
      remedy: 'change fold, unit or type of the attribute; another value is sent again by itself',
    });
  }

  /** Whether and when to try again. */
  async #conclude(stop: Unanswered | undefined): Promise<void> {
    const { memory, parts, account } = this.context;
    const { clock, random, store } = parts;
    const now = clock.now();
    const { failures = 0 } = await memory.read();
    if (stop === undefined) {
      if (failures > 0) await store.problems.clear('exist.unanswered', account);
      await memory.write({ failures: undefined, retryAt: undefined, blockedUntil: undefined });
      return;
    }
    if (stop.status === 'unauthorised') return;
    if (stop.status === 'limited') {
      const { blockedUntil } = await memory.read();
      await memory.write({ retryAt: Math.max(blockedUntil ?? 0, now + (stop.retryAfterMs ?? 0), now + 1000) });
      return;
    }
    await memory.write({ failures: failures + 1, retryAt: now + backoffMs(failures + 1, random) });
    const message = 'message' in stop ? stop.message : stop.status;
    if (failures + 1 < PATIENCE) return;
    await store.problems.raise({
      code: 'exist.unanswered',
      subject: account,
      since: now,
      message: `Exist does not answer as expected: ${message}; values wait and are tried again`,
      remedy: 'none needed if it passes; else run "dayfold doctor"',
    });
  }

  /** Problems that the plan states stand as long as it states them. */
  async #show(stated: readonly PlanProblem[]): Promise<void> {
    const { account, parts, attributes } = this.context;
    const { problems } = parts.store;
    const since = parts.clock.now();
    const subjects = new Set([
      account,
      ...attributes.map(({ name }) => name),
      ...attributes.map(({ group }) => scopeSubject(account, group)),
    ]);
    const standing = stated.filter(({ code }) => STANDING.includes(code));
    for (const { code, subject } of await problems.list()) {
      const isOver =
        STANDING.includes(code) &&
        subjects.has(subject) &&
        !standing.some((one) => one.code === code && one.subject === subject);
      if (isOver) await problems.clear(code, subject);
    }
    for (const problem of standing) await problems.raise({ ...problem, since });
  }

  async #fullUntil(): Promise<string | undefined> {
    const { account, parts } = this.context;
    const now = parts.clock.now();
    const requests = await parts.store.requestLog.since(account, now - WINDOW_MS);
    const budget = budgetOf(requests, now);
    if (roomIn(budget, true) > 0) return undefined;
    const again = new Date(roomAgainAt(requests, now, budget.limit)).toISOString();
    return `the budget of ${budget.limit} requests an hour is used up (${budget.usedLastHour}, ${RESERVE_FOR_USER} of them kept for you); there is room again at ${again}`;
  }

  #today(): LocalDay {
    const { calendar, clock } = this.context.parts;
    return calendar.dayOf(clock.now());
  }
}

function isIncrementedAttribute(attribute: AttributeConfiguration | undefined): boolean {
  return attribute !== undefined && isIncremented(attribute);
}

function stopText(stop: Unanswered): string {
  switch (stop.status) {
    case 'limited':
      return `Exist asked to wait${stop.retryAfterMs === undefined ? '' : ` ${Math.ceil(stop.retryAfterMs / 1000)} s`}`;
    case 'unauthorised':
      return 'Exist no longer accepts the stored token; log in again';
    case 'forbidden':
      return 'Exist does not allow it; a scope is missing';
    default:
      return `Exist could not be reached or did not answer as expected: ${stop.message}`;
  }
}
