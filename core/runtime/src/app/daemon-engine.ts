import type { Configuration } from '../config/configuration.ts';
import type { DayName } from '../day/day-name.ts';
import type { SourceHost } from '../hosting/source-host.ts';
import type { AttributeIndex } from '../intake/attribute-index.ts';
import { Configured } from './configured.ts';
import { DayViews } from './day-views.ts';
import type { DayViewParts } from './day-views.ts';
import type {
  AccountReport,
  ConnectReport,
  DayReport,
  DaysFilter,
  Engine,
  Explanation,
  LoginReport,
  PlanReport,
  SourceReport,
  StatusReport,
  SyncSummary,
} from './engine.ts';
import { iso } from './iso.ts';
import { Logins } from './logins.ts';
import type { LoginParts } from './logins.ts';

export interface EngineParts extends DayViewParts, LoginParts {
  readonly configuration: () => Configuration;
  readonly isRunning: () => boolean;
  readonly attributes: AttributeIndex;
  readonly host: SourceHost;
}

/** Answers from the store and the running parts of this process. */
export class DaemonEngine implements Engine {
  readonly #parts: EngineParts;
  readonly #configured: Configured;
  readonly #views: DayViews;
  readonly #logins: Logins;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#configured = new Configured(parts.configuration, parts.attributes);
    this.#views = new DayViews(this.#configured, parts);
    this.#logins = new Logins(this.#configured, parts);
  }

  async status(): Promise<StatusReport> {
    const { store, calendar, clock, host, attributes, isRunning } = this.#parts;
    await this.#parts.refresh();
    const today = calendar.dayOf(clock.now());
    const ledger = new Map<string, string>();
    for (const account of this.#configured.accounts()) {
      for (const entry of await store.ledger.entries(account)) ledger.set(entry.attribute, entry.state);
    }
    return {
      running: isRunning(),
      timezone: calendar.zoneAt(clock.now()),
      sources: (await host.status()).map((source): SourceReport => {
        const { since, lastReading, nextAttempt, message, ...rest } = source;
        return {
          ...rest,
          since: iso(since),
          ...(lastReading === undefined ? {} : { lastReading: iso(lastReading) }),
          ...(nextAttempt === undefined ? {} : { nextAttempt: iso(nextAttempt) }),
          ...(message === undefined ? {} : { message }),
        };
      }),
      accounts: await Promise.all(this.#configured.accounts().map(async (account) => await this.#account(account))),
      attributes: await Promise.all(
        attributes.all().map(async ({ name, account }) => ({
          name,
          account,
          today: (await store.attributeDays.get(name, today))?.wanted ?? null,
          owned: ledger.get(name) ?? 'not yet',
        })),
      ),
      problems: (await store.problems.list()).map((problem) => ({ ...problem, since: iso(problem.since) })),
    };
  }

  async days(filter: DaysFilter): Promise<readonly DayReport[]> {
    return await this.#views.days(filter);
  }

  async explain(name: string, date: DayName): Promise<Explanation> {
    return await this.#views.explain(name, date);
  }

  async plan(account: string | undefined): Promise<readonly PlanReport[]> {
    await this.#parts.refresh();
    return await Promise.all(
      this.#configured.chosen(account).map(async (name): Promise<PlanReport> => {
        const plan = await this.#parts.coordinator.planNow(name);
        const at = this.#parts.coordinator.nextSync(name);
        return {
          account: name,
          at: at === undefined ? null : iso(at),
          requests: plan.requests,
          notes: plan.problems.map(({ message }) => message),
        };
      }),
    );
  }

  async sync(account: string | undefined): Promise<readonly SyncSummary[]> {
    const summaries: SyncSummary[] = [];
    for (const name of this.#configured.chosen(account)) {
      const { requests, confirmed, failed, skippedReason } = await this.#parts.coordinator.sync(name, 'user');
      summaries.push({
        account: name,
        requests,
        confirmed,
        failed,
        ...(skippedReason === undefined ? {} : { refused: skippedReason }),
      });
    }
    return summaries;
  }

  async release(name: string): Promise<{ readonly message: string }> {
    const { account } = this.#configured.attribute(name);
    return { message: await this.#parts.coordinator.release(account, name) };
  }

  async takeBack(name: string): Promise<{ readonly message: string }> {
    const { account } = this.#configured.attribute(name);
    await this.#parts.coordinator.takeBack(account, name);
    return { message: `${name} is taken back with the next sync` };
  }

  async connectBegin(account: string): Promise<{ readonly url: string }> {
    return await this.#logins.begin(account);
  }

  async connectFinish(account: string | undefined, answer: string): Promise<ConnectReport> {
    return await this.#logins.finish(account, answer);
  }

  async connectToken(account: string, text: string): Promise<ConnectReport> {
    return await this.#logins.acceptToken(account, text);
  }

  async examine(account: string): Promise<LoginReport> {
    return await this.#logins.examine(account);
  }

  async disconnect(account: string): Promise<{ readonly message: string }> {
    return await this.#logins.forget(account);
  }

  async #account(name: string): Promise<AccountReport> {
    const { store, coordinator } = this.#parts;
    const token = await store.tokens.get(name);
    const { lastSync, usedLastHour, limit } = await coordinator.status(name);
    const next = coordinator.nextSync(name);
    return {
      name,
      connected: token !== undefined && !token.dead,
      ...(token?.username === undefined ? {} : { username: token.username }),
      scopes: token?.scopes ?? [],
      nextSync: next === undefined ? null : iso(next),
      lastSync: lastSync === undefined ? null : iso(lastSync),
      outbox: (await store.outbox.due(name)).length,
      usedLastHour,
      limit,
    };
  }
}
