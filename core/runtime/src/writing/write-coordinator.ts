import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import { LoginRequired, NotReady } from '../kernel/errors.ts';
import type { Service } from '../kernel/service.ts';
import type { Change } from '../store/changes.ts';
import { SHOWING_MS, acquireHold } from './acquire-hold.ts';
import { AccountLoop } from './account-loop.ts';
import type { AccountWriter, SyncReport } from './account-writer.ts';
import { HOURLY_LIMIT, WINDOW_MS, budgetOf } from './budget.ts';
import type { Takeovers } from './ownership.ts';
import type { Plan, SyncReason } from './plan.ts';
import { missingScopes } from './scopes.ts';
import { offsetsOf } from './sync-times.ts';
import type { Offsets } from './sync-times.ts';
import type { WritingParts, WritingSettings } from './writing-parts.ts';

export interface AccountStatus {
  readonly lastSync: Instant | undefined;
  readonly usedLastHour: number;
  readonly limit: number;
}

/** Writes what is due to Exist: one loop for each account of the configuration, and what a person asks of them. */
export class WriteCoordinator implements Service {
  readonly name = 'write coordinator';
  readonly #parts: WritingParts;
  readonly #loops = new Map<string, AccountLoop>();
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
      const loop = this.#loopOf(account);
      await loop.writer.increments.recover();
      loop.run(signal);
    }
  }

  async stop(): Promise<void> {
    this.#signal = undefined;
    await Promise.all([...this.#loops.values()].map(async (loop) => await loop.stop()));
  }

  /** Takes over a new configuration. What could not be owned is tried again where its definition changed. */
  async configure(settings: WritingSettings): Promise<void> {
    const before = new Map(this.#settings.attributes.map((attribute) => [attribute.name, attribute]));
    const earlier = this.#settings.exist;
    const after = new Set(settings.attributes.map(({ name }) => name));
    this.#settings = settings;
    const { ledger, problems } = this.#parts.store;
    const clients = new Map(earlier?.accounts.map((client) => [client.name, client]));
    for (const { name: account, clientId, clientSecret } of settings.exist?.accounts ?? []) {
      const client = clients.get(account);
      // What failed for the client's sake need not wait.
      if (client !== undefined && (client.clientId !== clientId || !client.clientSecret.equals(clientSecret)))
        await this.#loopOf(account).writer.context.memory.write({ retryAt: undefined, failures: undefined });
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
      const loop = this.#loopOf(account);
      loop.run(this.#signal);
      loop.wake();
    }
  }

  /** One pass over the outbox. By hand it is refused when the budget is used up; `force` skips what backing off asks. */
  async sync(
    account: string,
    reason: SyncReason = 'user',
    options: { readonly force?: boolean } = {},
  ): Promise<SyncReport> {
    return await this.#loopOf(account).sync(reason, options.force === true);
  }

  /** What the next sync would send; sends nothing. */
  async planNow(account: string): Promise<Plan> {
    const loop = this.#loopOf(account);
    return await loop.writer.planFor('periodic', await loop.lookAhead());
  }

  /** As far as known; `status` and `planNow` bring it up to date. */
  nextSync(account: string): Instant | undefined {
    return this.#loops.get(account)?.next;
  }

  async status(account: string): Promise<AccountStatus> {
    const loop = this.#loopOf(account);
    await loop.lookAhead();
    const { lastSyncAt } = await loop.writer.context.memory.read();
    const now = this.#parts.clock.now();
    const requests = await this.#parts.store.requestLog.since(account, now - WINDOW_MS);
    return { lastSync: lastSyncAt, usedLastHour: budgetOf(requests, now).usedLastHour, limit: HOURLY_LIMIT };
  }

  /** Deltas of attributes with `write: increment`; call it after folding. */
  async sendIncrements(): Promise<void> {
    for (const account of this.#names()) {
      await this.#loopOf(account).sendIncrements();
    }
  }

  /**
   * After a login: what the old token stood in the way of is due again. Answers with what acquiring will take over; with
   * the daemon running the first acquire comes a minute later, so that it can be read before.
   */
  async connected(account: string): Promise<Takeovers> {
    const loop = this.#loopOf(account);
    const { outbox, ledger, changes } = this.#parts.store;
    const { context, ownership } = loop.writer;
    const seen = await loop.inTurn(async () => {
      const settled = ['exist.login_required', 'exist.not_connected', 'exist.client_unknown'];
      await changes.together([
        await context.memory.change({
          deniedGroups: undefined,
          retryAt: undefined,
          retries: undefined,
          failures: undefined,
          blockedUntil: undefined,
          tooOld: undefined,
          profileAt: undefined,
        }),
        ...settled.map((code): Change => ({ kind: 'clear', code, subject: account })),
      ]);
      for (const entry of await ledger.entries(account)) {
        if (entry.state === 'blocked') await ledger.forget(account, entry.attribute);
      }
      await outbox.reopen(account);
      const found = await ownership.takeovers();
      const isToBeRead = loop.isRunning && found.takeovers.length + found.unseen.length > 0;
      const from = isToBeRead ? this.#parts.clock.now() + SHOWING_MS : undefined;
      await changes.together([acquireHold(account, from)]);
      return found;
    });
    loop.wake();
    return seen;
  }

  /** Forgets the token, when no sync is under way. Ledger, outbox and values stay for the next login. */
  async disconnect(account: string): Promise<void> {
    const loop = this.#loopOf(account);
    await loop.inTurn(async () => await this.#parts.store.tokens.forget(account));
    loop.wake();
  }

  /** One call of the profile, counted like any other. */
  async examine(account: string): ReturnType<AccountWriter['examine']> {
    return await this.#loopOf(account).inTurn(async () => await this.#loopOf(account).writer.examine());
  }

  async missingScopes(account: string): Promise<readonly string[]> {
    const { attributes } = this.#loopOf(account).writer.context;
    return missingScopes(attributes, await this.#parts.store.tokens.get(account));
  }

  /** The person wants back what was given to another service, or blocked; with the next sync. */
  async takeBack(account: string, attribute: string): Promise<void> {
    await this.#loopOf(account).writer.ownership.takeBack(attribute);
  }

  /** Gives an attribute back to Exist; answers with a sentence. */
  async release(account: string, attribute: string): Promise<string> {
    const outcome = await this.#loopOf(account).writer.ownership.release(attribute);
    if (outcome === undefined) return `${attribute} is given back to Exist; its history stays there but may be hidden`;
    if (outcome.status === 'unauthorised')
      throw new LoginRequired('Exist no longer accepts the stored token; run "dayfold connect"');
    if (outcome.status === 'refused') throw new NotReady(`${attribute} was not released: ${outcome.message}`);
    throw new NotReady(
      `${attribute} was not released: ${'message' in outcome ? outcome.message : `Exist answered "${outcome.status}"`}; try again later`,
    );
  }

  #loopOf(account: string): AccountLoop {
    const known = this.#loops.get(account);
    if (known !== undefined) return known;
    const loop = new AccountLoop(
      account,
      this.#parts,
      () => this.#settings,
      async () => await this.#drawn(),
    );
    this.#loops.set(account, loop);
    return loop;
  }

  async #drawn(): Promise<Offsets> {
    this.#offsets ??= await offsetsOf(this.#parts.store.keyValues, this.#parts.random);
    return this.#offsets;
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
