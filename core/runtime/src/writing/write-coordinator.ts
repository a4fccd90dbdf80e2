import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import { LoginRequired, NotReady } from '../kernel/errors.ts';
import type { Service } from '../kernel/service.ts';
import { AccountWriter } from './account-writer.ts';
import type { SyncReport } from './account-writer.ts';
import { HOURLY_LIMIT, WINDOW_MS, budgetOf } from './budget.ts';
import type { Takeover } from './ownership.ts';
import type { Plan, SyncReason } from './plan.ts';
import { missingScopes } from './scopes.ts';
import { LEAST_BETWEEN_MS, nextPeriodic, offsetsOf } from './sync-times.ts';
import type { Offsets } from './sync-times.ts';
import type { WritingParts, WritingSettings } from './writing-parts.ts';

/** How long a sleep lasts at most: a clock that was set or a host that slept is noticed after it. */
const LONGEST_SLEEP_MS = 15 * 60_000;
/** How often an account that cannot sync (no login, no trusted clock) is looked at again. */
const LOOK_AGAIN_MS = 60_000;

export interface AccountStatus {
  readonly lastSync: Instant | undefined;
  readonly usedLastHour: number;
  readonly limit: number;
}

interface Running {
  readonly writer: AccountWriter;
  /** Syncs of one account come one at a time. */
  tail: Promise<unknown>;
  next: Instant | undefined;
  wake: AbortController;
  loop: Promise<void> | undefined;
}

/**
 * Writes what is due to Exist, each account by itself.
 *
 * - *idle*: built, or stopped. A sync can be asked for; nothing happens by itself.
 * - *waiting*: started. Sleeps until the next periodic sync, the one after the user's midnight, or the next try after a
 *   failure, whichever rules. A login, a new configuration or the end of a sync makes it look again.
 * - *held*: no login, a dead token or a clock that cannot be trusted. Looks again every minute, sends nothing, and the
 *   hour of the last sync stands, so that what waited goes at once when the hindrance is gone.
 * - *syncing*: folds first, then performs the plan. The beginning of a periodic sync is recorded before its first call:
 *   a crash in it does not make a second one within the hour. Leaves to waiting, whatever happened.
 */
export class WriteCoordinator implements Service {
  readonly name = 'write coordinator';
  readonly #parts: WritingParts;
  readonly #accounts = new Map<string, Running>();
  #settings: WritingSettings;
  #signal: AbortSignal | undefined;
  #offsets: Offsets | undefined;

  constructor(parts: WritingParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const account of this.#names()) {
      const running = this.#running(account);
      await running.writer.increments.recover();
      running.loop ??= this.#loop(account, running, signal);
    }
  }

  async stop(): Promise<void> {
    this.#signal = undefined;
    const loops = [...this.#accounts.values()];
    for (const running of loops) running.wake.abort();
    await Promise.all(loops.flatMap(({ loop, tail }) => [loop ?? Promise.resolve(), tail.catch(() => undefined)]));
    for (const running of loops) running.loop = undefined;
  }

  /** Takes over a new configuration. What could not be owned is tried again where its definition changed. */
  async configure(settings: WritingSettings): Promise<void> {
    const before = new Map(this.#settings.attributes.map((attribute) => [attribute.name, attribute]));
    const after = new Set(settings.attributes.map(({ name }) => name));
    this.#settings = settings;
    const { ledger, problems } = this.#parts.store;
    for (const { name: account } of settings.exist?.accounts ?? []) {
      for (const entry of await ledger.entries(account)) {
        const next = settings.attributes.find(({ name }) => name === entry.attribute);
        const isRedefined = next !== undefined && placeOf(before.get(entry.attribute)) !== placeOf(next);
        if (entry.state !== 'owned' && isRedefined) await ledger.forget(account, entry.attribute);
      }
    }
    for (const problem of await problems.list()) {
      const isGone = problem.code.startsWith('exist.') && before.has(problem.subject) && !after.has(problem.subject);
      if (isGone) await problems.clear(problem.code, problem.subject);
    }
    if (this.#signal === undefined) return;
    for (const account of this.#names()) {
      const running = this.#running(account);
      running.loop ??= this.#loop(account, running, this.#signal);
      this.#wake(running);
    }
  }

  /** One pass over the outbox. By hand it is refused when the budget is used up; `force` skips what backing off asks. */
  async sync(
    account: string,
    reason: SyncReason = 'user',
    options: { readonly force?: boolean } = {},
  ): Promise<SyncReport> {
    const running = this.#running(account);
    const pass = running.tail
      .catch(() => undefined)
      .then(async () => {
        await this.#parts.beforeSync();
        // On record before the first call: a crash in it does not make a second one within the hour.
        if (isPeriodicReason(reason) && (await this.#isConnected(account)))
          await running.writer.context.memory.write({ lastSyncAt: this.#parts.clock.now() });
        if (options.force === true) await running.writer.context.memory.write({ retryAt: undefined });
        return await running.writer.sync(reason);
      });
    running.tail = pass;
    return await pass;
  }

  /** What the next sync would send; sends nothing. */
  async planNow(account: string): Promise<Plan> {
    const running = this.#running(account);
    await this.#lookAhead(running);
    return await running.writer.planFor('periodic', running.next);
  }

  /** As far as known; `status` and `planNow` bring it up to date. */
  nextSync(account: string): Instant | undefined {
    return this.#accounts.get(account)?.next;
  }

  async status(account: string): Promise<AccountStatus> {
    const running = this.#running(account);
    await this.#lookAhead(running);
    const { lastSyncAt } = await running.writer.context.memory.read();
    const now = this.#parts.clock.now();
    const requests = await this.#parts.store.requestLog.since(account, now - WINDOW_MS);
    return { lastSync: lastSyncAt, usedLastHour: budgetOf(requests, now).usedLastHour, limit: HOURLY_LIMIT };
  }

  /** Deltas of attributes with `write: increment`; call it after folding. */
  async sendIncrements(): Promise<void> {
    for (const account of this.#names()) {
      const running = this.#running(account);
      const pass = running.tail.catch(() => undefined).then(async () => await running.writer.sendIncrements());
      running.tail = pass;
      await pass;
    }
  }

  /** After a login: what the old token stood in the way of is due again. */
  async connected(account: string): Promise<void> {
    const running = this.#running(account);
    const { outbox, problems, ledger } = this.#parts.store;
    await running.writer.context.memory.write({
      deniedGroups: undefined,
      retryAt: undefined,
      failures: undefined,
      blockedUntil: undefined,
    });
    await problems.clear('exist.login_required', account);
    await problems.clear('exist.not_connected', account);
    for (const entry of await ledger.entries(account)) {
      if (entry.state === 'blocked') await ledger.forget(account, entry.attribute);
    }
    await outbox.reopen(account);
    this.#wake(running);
  }

  async missingScopes(account: string): Promise<readonly string[]> {
    const { attributes } = this.#running(account).writer.context;
    return missingScopes(attributes, await this.#parts.store.tokens.get(account));
  }

  /** Attributes of the configuration that another service fills now; to be shown before the first acquire. */
  async takeovers(account: string): Promise<readonly Takeover[]> {
    return await this.#running(account).writer.ownership.takeovers();
  }

  /** The person wants back what was given to another service, or blocked; with the next sync. */
  async takeBack(account: string, attribute: string): Promise<void> {
    await this.#running(account).writer.ownership.takeBack(attribute);
  }

  /** Gives an attribute back to Exist; answers with a sentence. */
  async release(account: string, attribute: string): Promise<string> {
    const outcome = await this.#running(account).writer.ownership.release(attribute);
    if (outcome === undefined) return `${attribute} is given back to Exist; its history stays there but may be hidden`;
    if (outcome.status === 'unauthorised')
      throw new LoginRequired('Exist no longer accepts the stored token; run "dayfold connect"');
    if (outcome.status === 'refused') throw new NotReady(`${attribute} was not released: ${outcome.message}`);
    throw new NotReady(
      `${attribute} was not released: ${'message' in outcome ? outcome.message : `Exist answered "${outcome.status}"`}; try again later`,
    );
  }

  async #loop(account: string, running: Running, signal: AbortSignal): Promise<void> {
    let isFirst = true;
    while (!signal.aborted && this.#signal !== undefined && this.#names().includes(account)) {
      try {
        const due = await this.#due(account, running, isFirst);
        if (due === undefined) {
          running.next = undefined;
          await this.#sleep(LOOK_AGAIN_MS, running, signal);
          continue;
        }
        isFirst = false;
        running.next = due.at;
        const wait = due.at - this.#parts.clock.now();
        if (wait > 0) await this.#sleep(Math.min(wait, LONGEST_SLEEP_MS), running, signal);
        else await this.#run(account, running, due.reason, due.isPeriodic);
      } catch (error) {
        if (signal.aborted) break;
        this.#parts.log.error(`sync of account ${account}: ${(error as Error).message}`);
        await this.#sleep(LOOK_AGAIN_MS, running, signal);
      }
    }
    running.loop = undefined;
    running.next = undefined;
  }

  async #run(account: string, running: Running, reason: SyncReason, isPeriodic: boolean): Promise<void> {
    const { memory } = running.writer.context;
    // A retry that takes a periodic sync's place counts as it.
    if (isPeriodic) await memory.write({ lastSyncAt: this.#parts.clock.now() });
    if (reason === 'retry') await memory.write({ retryAt: undefined });
    const { requests, confirmed, failed, skippedReason } = await this.sync(account, reason);
    if (requests > 0)
      this.#parts.log.info(`synced account ${account}`, {
        reason,
        requests,
        confirmed,
        failed,
        ...(skippedReason === undefined ? {} : { skippedReason }),
      });
  }

  /** Undefined while nothing can be sent at all. */
  async #due(
    account: string,
    running: Running,
    isFirst: boolean,
  ): Promise<{ at: Instant; reason: SyncReason; isPeriodic: boolean } | undefined> {
    const { clock, calendar } = this.#parts;
    if (!clock.trusted() || !(await this.#isConnected(account))) return undefined;
    const now = clock.now();
    const { lastSyncAt, retryAt } = await running.writer.context.memory.read();
    const everyMs = this.#settings.exist?.syncEveryMs ?? LEAST_BETWEEN_MS;
    const periodic = nextPeriodic({ ...(await this.#drawn()), now, last: lastSyncAt, everyMs, calendar });
    // A retry takes the place of a periodic sync that has become due meanwhile.
    if (retryAt !== undefined)
      return { at: retryAt, reason: 'retry', isPeriodic: periodic.at <= Math.max(now, retryAt) };
    if (isFirst && lastSyncAt !== undefined && now - lastSyncAt > LEAST_BETWEEN_MS)
      return { at: now, reason: 'start', isPeriodic: true };
    return { ...periodic, isPeriodic: true };
  }

  /** Without a running loop the time of the next sync is worked out when asked for. */
  async #lookAhead(running: Running): Promise<void> {
    running.next = (await this.#due(running.writer.context.account, running, false))?.at;
  }

  async #isConnected(account: string): Promise<boolean> {
    const token = await this.#parts.store.tokens.get(account);
    return token !== undefined && !token.dead;
  }

  async #drawn(): Promise<Offsets> {
    this.#offsets ??= await offsetsOf(this.#parts.store.keyValues, this.#parts.random);
    return this.#offsets;
  }

  async #sleep(ms: number, running: Running, signal: AbortSignal): Promise<void> {
    const wasWoken = running.wake.signal.aborted;
    running.wake = new AbortController();
    // Woken since it last looked: it looks again before it sleeps.
    if (wasWoken) return;
    const { wake } = running;
    const wakeOnAbort = (): void => wake.abort();
    signal.addEventListener('abort', wakeOnAbort, { once: true });
    try {
      if (!signal.aborted && this.#signal !== undefined) await this.#parts.clock.sleep(ms, wake.signal);
    } catch (error) {
      if (!wake.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', wakeOnAbort);
    }
  }

  #wake(running: Running): void {
    running.wake.abort();
  }

  #running(account: string): Running {
    const known = this.#accounts.get(account);
    if (known !== undefined) return known;
    const running: Running = {
      writer: new AccountWriter(account, this.#parts, () => this.#settings),
      tail: Promise.resolve(),
      next: undefined,
      wake: new AbortController(),
      loop: undefined,
    };
    this.#accounts.set(account, running);
    return running;
  }

  #names(): readonly string[] {
    return this.#settings.exist?.accounts.map(({ name }) => name) ?? [];
  }
}

/** What an attribute is at Exist. */
function placeOf(attribute: AttributeConfiguration | undefined): string {
  if (attribute === undefined) return '';
  const { template, label, group, type } = attribute;
  return JSON.stringify([template, label, group, type]);
}

function isPeriodicReason(reason: SyncReason): boolean {
  return reason === 'periodic' || reason === 'midnight' || reason === 'start';
}
