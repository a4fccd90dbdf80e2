import type { Instant } from '../day/calendar.ts';
import { acquireHeldUntil, acquireHold } from './acquire-hold.ts';
import { AccountWriter } from './account-writer.ts';
import type { SyncReport } from './account-writer.ts';
import type { SyncReason } from './plan.ts';
import { LEAST_BETWEEN_MS, nextPeriodic } from './sync-times.ts';
import type { Offsets } from './sync-times.ts';
import type { WritingParts, WritingSettings } from './writing-parts.ts';

/** How long a sleep lasts at most: a clock that was set or a host that slept is noticed after it. */
const LONGEST_SLEEP_MS = 15 * 60_000;
/** How often an account that cannot sync (no login, no trusted clock) is looked at again. */
const LOOK_AGAIN_MS = 60_000;

interface Due {
  readonly at: Instant;
  /** `deltas`: the totals have gone out, what failed after them is tried again. */
  readonly reason: SyncReason | 'deltas';
  readonly isPeriodic: boolean;
}

/**
 * When one account is synced.
 *
 * - *idle*: built, or stopped. A sync can be asked for; nothing happens by itself.
 * - *waiting*: running. Sleeps until the next periodic sync, the one after the user's midnight, or the next try after a
 *   failure, whichever rules. A login, a new configuration or the end of a sync makes it look again.
 * - *held*: no login, a dead token or a clock that cannot be trusted. Looks again every minute, sends nothing, and the
 *   hour of the last sync stands, so that what waited goes at once when the hindrance is gone.
 * - *syncing*: folds first, then performs the plan; syncs and deltas of one account come one at a time. The beginning of
 *   a periodic sync is recorded before its first call: a crash in it does not make a second one within the hour. Leaves
 *   to waiting, whatever happened.
 */
export class AccountLoop {
  readonly account: string;
  readonly writer: AccountWriter;
  readonly #parts: WritingParts;
  readonly #settings: () => WritingSettings;
  readonly #offsets: () => Promise<Offsets>;
  #tail: Promise<unknown> = Promise.resolve();
  #next: Instant | undefined;
  #wake = new AbortController();
  #end = new AbortController();
  #loop: Promise<void> | undefined;
  /** As the person was told. */
  #isHeld: boolean | undefined;

  constructor(account: string, parts: WritingParts, settings: () => WritingSettings, offsets: () => Promise<Offsets>) {
    this.account = account;
    this.writer = new AccountWriter(account, parts, settings);
    this.#parts = parts;
    this.#settings = settings;
    this.#offsets = offsets;
  }

  /** As far as known; `lookAhead` brings it up to date. */
  get next(): Instant | undefined {
    return this.#next;
  }

  /** Runs until the signal aborts, `stop` is called or the account leaves the configuration. Running already, it goes on. */
  run(signal: AbortSignal): void {
    if (this.#loop !== undefined) return;
    this.#end = new AbortController();
    this.#loop = this.#run(AbortSignal.any([signal, this.#end.signal])).finally(() => {
      this.#loop = undefined;
      this.#next = undefined;
    });
  }

  get isRunning(): boolean {
    return this.#loop !== undefined;
  }

  /** Ends with the sync in hand. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all([this.#loop, this.#tail.catch(() => undefined)]);
  }

  /** Something changed: it looks again at what is due. */
  wake(): void {
    this.#wake.abort();
  }

  /** One pass over the outbox. */
  async sync(reason: SyncReason, isForced: boolean): Promise<SyncReport> {
    const { memory } = this.writer.context;
    return await this.inTurn(async () => {
      await this.#parts.beforeSync();
      // On record before the first call: a crash in it does not make a second one within the hour.
      if (isPeriodicReason(reason) && (await this.#isConnected()))
        await memory.write({ lastSyncAt: this.#parts.clock.now() });
      if (isForced) await memory.write({ retryAt: undefined, retries: undefined });
      return await this.writer.sync(reason);
    });
  }

  async sendIncrements(): Promise<void> {
    await this.inTurn(async () => await this.writer.sendIncrements());
  }

  /** Without a running loop the time of the next sync is worked out when asked for. */
  async lookAhead(): Promise<Instant | undefined> {
    this.#next = (await this.#due(false))?.at;
    return this.#next;
  }

  /** Not while a sync is under way, nor begins. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const pass = this.#tail.catch(() => undefined).then(work);
    this.#tail = pass;
    return await pass;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let isFirst = true;
    let trouble: string | undefined;
    while (!signal.aborted && this.#isConfigured()) {
      try {
        const due = await this.#due(isFirst);
        this.#next = due?.at;
        await this.#showHold(due === undefined);
        if (due === undefined) {
          await this.#sleep(LOOK_AGAIN_MS, signal);
          continue;
        }
        isFirst = false;
        const waitMs = due.at - this.#parts.clock.now();
        if (waitMs > 0) await this.#sleep(Math.min(waitMs, LONGEST_SLEEP_MS), signal);
        else {
          await this.#perform(due);
          trouble = undefined;
        }
      } catch (error) {
        if (signal.aborted) break;
        const { message } = error as Error;
        // A disk that stays full is told once.
        if (message !== trouble) this.#parts.log.error(`sync of account ${this.account}: ${message}; tried again`);
        trouble = message;
        await this.#sleep(LOOK_AGAIN_MS, signal);
      }
    }
  }

  async #perform({ reason, isPeriodic }: Due): Promise<void> {
    const { memory } = this.writer.context;
    // A retry that takes a periodic sync's place counts as it.
    if (isPeriodic) await memory.write({ lastSyncAt: this.#parts.clock.now() });
    if (reason === 'deltas') {
      await memory.write({ retryAt: undefined, retries: undefined });
      return await this.sendIncrements();
    }
    if (reason === 'retry') {
      await this.#parts.store.changes.together([
        await memory.change({ retryAt: undefined, retries: undefined }),
        acquireHold(this.account, undefined),
      ]);
    }
    const { requests, confirmed, failed, skippedReason } = await this.sync(reason, false);
    if (requests === 0) return;
    const skipped = skippedReason === undefined ? {} : { skippedReason };
    this.#parts.log.info(`synced account ${this.account}`, { reason, requests, confirmed, failed, ...skipped });
  }

  /** What holds the account back is told when it begins and taken back when it ends, not with the next sync. */
  async #showHold(isHeld: boolean): Promise<void> {
    if (isHeld === this.#isHeld) return;
    await this.writer.showProblems();
    this.#isHeld = isHeld;
  }

  /** Undefined while nothing can be sent at all. */
  async #due(isFirst: boolean): Promise<Due | undefined> {
    const { clock, calendar } = this.#parts;
    if (!clock.trusted() || !(await this.#isConnected())) return undefined;
    const now = clock.now();
    const { lastSyncAt, retryAt, retries } = await this.writer.context.memory.read();
    const everyMs = this.#settings().exist?.syncEveryMs ?? LEAST_BETWEEN_MS;
    const periodic = nextPeriodic({ ...(await this.#offsets()), now, last: lastSyncAt, everyMs, calendar });
    // What waits for a failure to pass, or for takeovers to be read, takes the place of a periodic sync that has become
    // due meanwhile.
    const heldUntil = await acquireHeldUntil(this.#parts.store.keyValues, this.account);
    if (retryAt !== undefined || heldUntil !== undefined) {
      const at = Math.max(retryAt ?? 0, heldUntil ?? 0);
      const isPeriodic = periodic.at <= Math.max(now, at);
      // A failed delta makes no second sync within the hour.
      const isOfDeltas = retries === 'deltas' && heldUntil === undefined && !isPeriodic;
      return { at, reason: isOfDeltas ? 'deltas' : 'retry', isPeriodic };
    }
    if (isFirst && lastSyncAt !== undefined && now - lastSyncAt > LEAST_BETWEEN_MS)
      return { at: now, reason: 'start', isPeriodic: true };
    return { ...periodic, isPeriodic: true };
  }

  async #isConnected(): Promise<boolean> {
    const token = await this.#parts.store.tokens.get(this.account);
    return token !== undefined && !token.dead;
  }

  #isConfigured(): boolean {
    return this.#settings().exist?.accounts.some(({ name }) => name === this.account) ?? false;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const wasWoken = this.#wake.signal.aborted;
    this.#wake = new AbortController();
    // Woken since it last looked: it looks again before it sleeps.
    if (wasWoken || signal.aborted) return;
    const either = AbortSignal.any([signal, this.#wake.signal]);
    try {
      await this.#parts.clock.sleep(ms, either);
    } catch (error) {
      if (!either.aborted) throw error;
    }
  }
}

function isPeriodicReason(reason: SyncReason): boolean {
  return reason === 'periodic' || reason === 'midnight' || reason === 'start';
}
