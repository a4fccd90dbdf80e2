import type { AttributeConfiguration, Configuration } from '../config/configuration.ts';
import { closest } from '../config/mistakes.ts';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { dayNamed } from '../day/day-name.ts';
import type { DayName } from '../day/day-name.ts';
import type { SourceHost } from '../hosting/source-host.ts';
import type { AttributeIndex } from '../intake/attribute-index.ts';
import type { DayFolding } from '../intake/day-folding.ts';
import { ConfigInvalid } from '../kernel/errors.ts';
import type { AttributeDay } from '../store/attribute-days.ts';
import type { Store } from '../store/store.ts';
import type { ConnectFlow } from '../writing/connect.ts';
import type { WriteCoordinator } from '../writing/write-coordinator.ts';
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

export interface EngineParts {
  readonly configuration: () => Configuration;
  readonly isRunning: () => boolean;
  readonly store: Store;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly attributes: AttributeIndex;
  readonly folding: DayFolding;
  readonly coordinator: WriteCoordinator;
  readonly connect: ConnectFlow;
  readonly host: SourceHost;
  readonly refresh: () => Promise<void>;
}

/** Answers from the store and the running parts of this process. */
export class DaemonEngine implements Engine {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  async status(): Promise<StatusReport> {
    const { store, calendar, clock, host, attributes, isRunning } = this.#parts;
    await this.#parts.refresh();
    const today = calendar.dayOf(clock.now());
    const ledger = new Map<string, string>();
    for (const account of this.#accounts()) {
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
      accounts: await Promise.all(this.#accounts().map(async (account) => await this.#account(account))),
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
    const { store, clock, calendar, configuration } = this.#parts;
    const { attribute, from, to } = filter;
    if (attribute !== undefined) this.#attribute(attribute);
    await this.#parts.refresh();
    const now = clock.now();
    const local = configuration().exist === undefined;
    const days = await store.attributeDays.list({
      ...(attribute === undefined ? {} : { attribute }),
      ...(from === undefined ? {} : { from: this.#day(from) }),
      ...(to === undefined ? {} : { to: this.#day(to) }),
    });
    return days.map((day) => ({
      account: day.account,
      attribute: day.attribute,
      date: day.date,
      wanted: day.wanted ?? null,
      confirmed: day.confirmed ?? null,
      state: stateOf(day, local),
      complete: calendar.bounds(day.date).end <= now,
      readings: day.readings,
      ...(day.reason === undefined ? {} : { reason: day.reason }),
    }));
  }

  async explain(name: string, dayName: DayName): Promise<Explanation> {
    const { store, folding } = this.#parts;
    const attribute = this.#attribute(name);
    const date = this.#day(dayName);
    await this.#parts.refresh();
    const result = await folding.explain(attribute, date);
    const known = await store.attributeDays.get(name, date);
    const isPruned = known !== undefined && result.readings < known.readings;
    const reason = isPruned
      ? 'its raw readings are no longer kept; this is the value folded then'
      : (result.reason ?? known?.reason);
    return {
      attribute: name,
      date,
      value: (isPruned ? known.wanted : result.value) ?? null,
      fold: foldText(attribute),
      raw: result.raw ?? null,
      conversions: conversionsOf(attribute),
      readings: result.trace.map((row) => ({
        series: row.series,
        time: row.observation.date ?? iso(row.observation.at),
        value: row.observation.value,
        used: row.used,
        ...(row.why === undefined ? {} : { why: row.why }),
      })),
      ...(reason === undefined ? {} : { reason }),
      sent: (await store.outbox.sent(name, date)).map(({ at, value, outcome }) => ({ at: iso(at), value, outcome })),
    };
  }

  async plan(account: string | undefined): Promise<readonly PlanReport[]> {
    await this.#parts.refresh();
    return await Promise.all(
      this.#chosen(account).map(async (name): Promise<PlanReport> => {
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
    for (const name of this.#chosen(account)) {
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
    const { account } = this.#attribute(name);
    return { message: await this.#parts.coordinator.release(account, name) };
  }

  async takeBack(name: string): Promise<{ readonly message: string }> {
    const { account } = this.#attribute(name);
    await this.#parts.coordinator.takeBack(account, name);
    return { message: `${name} is taken back with the next sync` };
  }

  async connectBegin(account: string): Promise<{ readonly url: string }> {
    const { exist, client, attributes } = this.#existOf(account);
    return {
      url: (await this.#parts.connect.begin({ account, client, redirectUri: exist.redirectUri, attributes })).url,
    };
  }

  async connectFinish(account: string | undefined, answer: string): Promise<ConnectReport> {
    const exist = this.#parts.configuration().exist;
    if (exist === undefined) throw new ConfigInvalid('there is no "exist:" in dayfold.yaml; nothing to connect to');
    const connected = await this.#parts.connect.finish({
      answer,
      account,
      accounts: exist.accounts,
      redirectUri: exist.redirectUri,
    });
    return await this.#connected(connected);
  }

  async connectToken(account: string, text: string): Promise<ConnectReport> {
    this.#existOf(account);
    await this.#parts.connect.acceptToken(account, text);
    return await this.#connected(account);
  }

  async examine(account: string): Promise<LoginReport> {
    this.#existOf(account);
    if ((await this.#parts.store.tokens.get(account)) === undefined) return { account, state: 'not connected' };
    const outcome = await this.#parts.coordinator.examine(account);
    switch (outcome.status) {
      case 'answered':
        return { account, state: 'accepted', timezone: outcome.profile.timezone };
      case 'unauthorised':
        return { account, state: 'refused' };
      case 'forbidden':
        return { account, state: 'unknown', message: 'Exist does not show the profile to this login' };
      case 'limited':
        return { account, state: 'unknown', message: 'the budget of requests is used up, or Exist asked to wait' };
      default:
        return { account, state: 'unknown', message: outcome.message };
    }
  }

  async disconnect(account: string): Promise<{ readonly message: string }> {
    // Also of an account that is no longer configured.
    if ((await this.#parts.store.tokens.get(account)) === undefined) {
      const [known] = this.#chosen(account);
      throw new ConfigInvalid(`account ${known} is not logged in; there is nothing to forget`);
    }
    await this.#parts.coordinator.disconnect(account);
    return {
      message: `The login of account ${account} is forgotten; values and what waits are kept for the next one.`,
    };
  }

  async #connected(account: string): Promise<ConnectReport> {
    const { store, coordinator } = this.#parts;
    const token = await store.tokens.get(account);
    const { takeovers, unseen } = await coordinator.connected(account);
    return {
      account,
      ...(token?.username === undefined ? {} : { username: token.username }),
      scopes: token?.scopes ?? [],
      missingScopes: await coordinator.missingScopes(account),
      takeovers,
      unseen,
    };
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

  #accounts(): readonly string[] {
    return this.#parts.configuration().exist?.accounts.map(({ name }) => name) ?? [];
  }

  #day(name: DayName): LocalDay {
    return dayNamed(name, this.#parts.calendar, this.#parts.clock.now());
  }

  #chosen(account: string | undefined): readonly string[] {
    const names = this.#accounts();
    if (account === undefined) return names;
    if (!names.includes(account)) throw unknown('account', account, names);
    return [account];
  }

  #attribute(name: string): AttributeConfiguration {
    const attribute = this.#parts.attributes.get(name);
    if (attribute !== undefined) return attribute;
    throw unknown(
      'attribute',
      name,
      this.#parts.attributes.all().map((other) => other.name),
    );
  }

  #existOf(account: string) {
    const { exist, attributes } = this.#parts.configuration();
    if (exist === undefined)
      throw new ConfigInvalid('there is no "exist:" in dayfold.yaml; add client_id and client_secret first');
    const client = exist.accounts.find(({ name }) => name === account);
    if (client === undefined) throw unknown('account', account, this.#accounts());
    return { exist, client, attributes: attributes.filter((attribute) => attribute.account === account) };
  }
}

function unknown(kind: string, name: string, names: readonly string[]): ConfigInvalid {
  const meant = closest(name, names);
  const hint = meant === undefined ? '' : ` (did you mean "${meant}"?)`;
  return new ConfigInvalid(`there is no ${kind} "${name}"${hint}; configured: ${names.join(', ') || 'none'}`);
}

function stateOf(day: AttributeDay, local: boolean): DayReport['state'] {
  if (local) return 'local';
  if (day.refused || (day.wanted === undefined && day.reason !== undefined)) return 'failed';
  return day.wanted === undefined || day.wanted === day.confirmed ? 'confirmed' : 'waiting';
}

function foldText({ fold, when }: AttributeConfiguration): string {
  const { kind, ...options } = fold;
  const details = Object.keys(options).length === 0 ? '' : ` ${JSON.stringify(options)}`;
  return `${kind}${details}${when === undefined ? '' : ` when ${JSON.stringify(when)}`}`;
}

function conversionsOf({ unit, targetUnit, scale, offset, round, type }: AttributeConfiguration): string[] {
  return [
    ...(targetUnit === undefined ? [] : [`unit ${unit ?? 'of the readings'} to ${targetUnit}`]),
    ...(scale === 1 ? [] : [`scale ${scale}`]),
    ...(offset === 0 ? [] : [`offset ${offset}`]),
    ...(round === undefined ? [] : [`round to ${round}`]),
    `type ${type}`,
  ];
}

function iso(instant: Instant): string {
  return new Date(instant).toISOString();
}
