import type { LocalDay } from '../day/calendar.ts';
import { AccountContext } from './account-context.ts';
import { acquireHeldUntil } from './acquire-hold.ts';
import { Aftermath } from './aftermath.ts';
import { RESERVE_FOR_USER, WINDOW_MS, budgetOf, roomAgainAt, roomIn } from './budget.ts';
import type { Unanswered } from './exist-gateway.ts';
import { Increments } from './increments.ts';
import { Ownership } from './ownership.ts';
import { REFRESH_KEY, attributeKey, plan } from './plan.ts';
import type { Plan, Step, SyncReason } from './plan.ts';
import { ProfileCheck } from './profile-check.ts';
import { Updates } from './updates.ts';
import type { Tally } from './updates.ts';
import type { WritingParts, WritingSettings } from './writing-parts.ts';

export interface SyncReport {
  readonly requests: number;
  readonly sent: number;
  readonly confirmed: number;
  readonly failed: number;
  /** Why nothing was sent. */
  readonly skippedReason?: string;
}

const DAY_MS = 24 * 3_600_000;
const LATE_MS = 30 * DAY_MS;
/**
 * Performs the plan of one account: one step after the other, each outcome recorded before the next, planning again
 * whenever ownership, the token or what Exist takes at all changed. One sync at a time; the loop sees to that.
 */
export class AccountWriter {
  readonly context: AccountContext;
  readonly ownership: Ownership;
  readonly increments: Increments;
  readonly #updates: Updates;
  readonly #profile: ProfileCheck;
  readonly #aftermath: Aftermath;

  constructor(account: string, parts: WritingParts, settings: () => WritingSettings) {
    this.context = new AccountContext(account, parts, settings);
    this.ownership = new Ownership(this.context);
    this.increments = new Increments(this.context);
    this.#updates = new Updates(this.context, this.ownership, this.increments);
    this.#profile = new ProfileCheck(this.context);
    this.#aftermath = new Aftermath(this.context);
  }

  async planFor(
    reason: SyncReason,
    nextSyncAt: number | undefined,
    settled: ReadonlySet<string> = new Set(),
  ): Promise<Plan> {
    const { account, parts, attributes, memory, settings } = this.context;
    const { store, clock } = parts;
    const now = clock.now();
    const { lastSyncAt, blockedUntil, tooOld, deniedGroups = [] } = await memory.read();
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
      tooOld,
      acquireFrom: await acquireHeldUntil(store.keyValues, account),
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
    await this.#aftermath.show(next.problems);
    if (next.hold !== undefined) return { requests: 0, ...tally, skippedReason: next.hold.message };
    let stop: Unanswered | undefined;
    while (next.steps.length > 0 && stop === undefined) {
      stop = await this.#perform(next.steps, settled, tally);
      if (stop === undefined) next = await this.planFor(reason, undefined, settled);
    }
    // Totals that have gone out wait for the next periodic sync, whatever becomes of the rest.
    const retries = stop === undefined ? 'deltas' : 'sync';
    stop ??= await this.#sendIncrements(tally);
    stop ??= await this.#profile.run(reason);
    await this.#aftermath.conclude(stop, retries);
    if (settled.size > 0 || stop !== undefined)
      await this.#aftermath.show((await this.planFor(reason, undefined)).problems);
    const requests = calls.made - before;
    return { requests, ...tally, ...(stop === undefined ? {} : { skippedReason: stopText(stop) }) };
  }

  /** One call of the profile. */
  async examine(): ReturnType<ProfileCheck['examine']> {
    return await this.#profile.examine();
  }

  /** The problems as they stand, without a sync. */
  async showProblems(): Promise<void> {
    await this.#aftermath.show((await this.planFor('periodic', undefined)).problems);
  }

  /** Only the deltas; between syncs. */
  async sendIncrements(): Promise<void> {
    const { clock, store } = this.context.parts;
    const { retryAt } = await this.context.memory.read();
    const token = await store.tokens.get(this.context.account);
    if (token === undefined || token.dead || !clock.trusted() || (retryAt !== undefined && retryAt > clock.now()))
      return;
    const stop = await this.#sendIncrements({ sent: 0, confirmed: 0, failed: 0 });
    if (stop !== undefined) await this.#aftermath.conclude(stop, 'deltas');
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
          const { stop, isPlanOver } = await this.#updates.send(step.items, settled, tally);
          if (stop !== undefined || isPlanOver) return stop;
        }
      }
    }
    return undefined;
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
