import type { AttributeConfiguration } from '../../src/config/configuration.ts';
import type { Instant, LocalDay } from '../../src/day/calendar.ts';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { createCalendar } from '../../src/day/zoned-calendar.ts';
import type { JsonValue } from '@dayfold/sdk';
import type { LedgerEntry, LoggedRequest, Token } from '../../src/store/accounts.ts';
import type { WireValue } from '../../src/store/attribute-days.ts';
import type { Change } from '../../src/store/changes.ts';
import { MemoryChanges } from '../../src/store/memory-changes.ts';
import type { Increment, Outbox, OutboxItem, SentItem } from '../../src/store/outbox.ts';
import type { Problem } from '../../src/store/problems.ts';
import type {
  AcquireItem,
  CreateItem,
  ExistAttribute,
  ExistGateway,
  IncrementItem,
  Outcome,
  TokenAnswer,
  Unanswered,
  UpdateItem,
} from '../../src/writing/exist-gateway.ts';
import { WriteCoordinator } from '../../src/writing/write-coordinator.ts';
import type { WritingStore } from '../../src/writing/writing-parts.ts';

export function attribute(name: string, changes: Partial<AttributeConfiguration> = {}): AttributeConfiguration {
  return {
    name,
    account: 'me',
    from: [`home.${name}`],
    combine: 'first',
    fold: { kind: 'sum' },
    when: undefined,
    span: 'end',
    staleMs: 1,
    unit: undefined,
    scale: 1,
    offset: 0,
    round: undefined,
    write: 'total',
    template: name,
    label: name,
    group: 'activity',
    type: 'integer',
    targetUnit: undefined,
    ...changes,
  };
}

export function tokenOf(changes: Partial<Token> = {}): Token {
  return {
    account: 'me',
    accessToken: 'a0',
    refreshToken: 'r0',
    expiresAt: undefined,
    scopes: [],
    refreshIntentAt: undefined,
    dead: false,
    username: 'ada',
    timezone: 'Europe/Berlin',
    connectedAt: 0,
    ...changes,
  };
}

interface Row extends OutboxItem {
  refused: string | undefined;
}

/** The store's ports that writing needs, in a few lines. */
export class DeskStore {
  readonly rows = new Map<string, Row>();
  readonly log: SentItem[] = [];
  readonly owned = new Map<string, LedgerEntry>();
  readonly tokenOf = new Map<string, Token>();
  readonly requests: LoggedRequest[] = [];
  readonly open = new Map<string, Problem>();
  readonly values = new Map<string, JsonValue>();
  readonly deltas = new Map<number, Increment>();
  #nextId = 1;

  want(attribute: string, date: LocalDay, value: WireValue, changedAt: Instant): void {
    const key = `${date} ${attribute}`;
    this.rows.set(key, {
      attribute,
      date,
      value,
      confirmed: this.rows.get(key)?.confirmed,
      changedAt,
      refused: undefined,
    });
  }

  readonly outbox: Outbox = {
    due: async () =>
      [...this.rows.entries()]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, row]) => row)
        .filter((row) => row.value !== row.confirmed && row.refused === undefined),
    confirm: async (_account, items) => {
      for (const { attribute, date, value } of items) this.#change(attribute, date, { confirmed: value });
    },
    refuse: async (_account, { attribute, date }, reason) => this.#change(attribute, date, { refused: reason }),
    reopen: async () => {
      for (const row of this.rows.values()) row.refused = undefined;
    },
    log: async (_account, items) => void this.log.push(...items),
    sent: async (attribute, date) => this.log.filter((item) => item.attribute === attribute && item.date === date),
    pruneSent: async () => 0,
    recordIncrement: async (increment) => {
      const recorded: Increment = { ...increment, id: this.#nextId++, state: 'recorded' };
      this.deltas.set(recorded.id, recorded);
      return recorded;
    },
    increments: async () => [...this.deltas.values()],
    settleIncrement: async (id, outcome) => {
      const known = this.deltas.get(id) as Increment;
      if (outcome === 'sent' || outcome === 'unclear') this.deltas.set(id, { ...known, state: outcome });
      else this.deltas.delete(id);
      if (outcome === 'confirmed') this.#change(known.attribute, known.date, { confirmed: known.total });
    },
  };

  readonly #ports: Omit<WritingStore, 'changes'> = {
    outbox: this.outbox,
    ledger: {
      entries: async () => [...this.owned.values()],
      put: async (entries) => entries.forEach((entry) => this.owned.set(entry.attribute, entry)),
      forget: async (_account, name) => void this.owned.delete(name),
    },
    tokens: {
      get: async (account) => this.tokenOf.get(account),
      put: async (token) => void this.tokenOf.set(token.account, token),
      forget: async (account) => void this.tokenOf.delete(account),
    },
    requestLog: {
      append: async (request) => void this.requests.push(request),
      since: async (_account, from) => this.requests.filter(({ at }) => at >= from),
      prune: async () => undefined,
    },
    problems: {
      raise: async (problem) =>
        void (
          this.open.has(`${problem.code} ${problem.subject}`) ||
          this.open.set(`${problem.code} ${problem.subject}`, problem)
        ),
      clear: async (code, subject) => void this.open.delete(`${code} ${subject}`),
      list: async () => [...this.open.values()],
    },
    keyValues: {
      get: async (scope, key) => this.values.get(`${scope} ${key}`),
      set: async (scope, key, value) => void this.values.set(`${scope} ${key}`, value),
      delete: async (scope, key) => void this.values.delete(`${scope} ${key}`),
      keys: async (scope) =>
        [...this.values.keys()].filter((key) => key.startsWith(`${scope} `)).map((key) => key.slice(scope.length + 1)),
    },
  };

  /** Each entry: what was recorded in one transaction. */
  readonly records: (readonly Change[])[] = [];
  /** The process dies in the next record of which this is true. */
  diesIn: ((changes: readonly Change[]) => boolean) | undefined;

  /** What every write meets instead, when it gives an error. */
  refuses: (() => Error | undefined) | undefined;

  readonly ports: WritingStore = {
    ...this.#ports,
    keyValues: {
      ...this.#ports.keyValues,
      set: async (scope, key, value) => {
        this.#mayWrite();
        await this.#ports.keyValues.set(scope, key, value);
      },
    },
    changes: {
      together: async (changes) => {
        if (this.diesIn?.(changes) === true) throw new Error('died');
        this.#mayWrite();
        if (changes.length > 0) this.records.push(changes);
        await new MemoryChanges(this.#ports).together(changes);
      },
    },
  };

  #mayWrite(): void {
    const refusal = this.refuses?.();
    if (refusal !== undefined) throw refusal;
  }

  #change(attribute: string, date: LocalDay, changes: Partial<Row>): void {
    const key = `${date} ${attribute}`;
    this.rows.set(key, { ...(this.rows.get(key) as Row), ...changes });
  }
}

type Refusing = { readonly code: string; readonly message: string };

/** Exist as these tests need it; `next` answers the next calls of an endpoint in its stead. */
export class DeskExist implements ExistGateway {
  readonly calls: { readonly endpoint: string; readonly items: readonly unknown[] }[] = [];
  readonly days = new Map<string, WireValue>();
  readonly next = new Map<string, Unanswered[]>();
  /** Applied, but the answer is lost. */
  readonly lost = new Map<string, number>();
  readonly refuse = new Map<string, Refusing>();
  refuseDay: ((date: LocalDay) => Refusing | undefined) | undefined;
  ours = new Set<string>();
  elsewhere: ExistAttribute[] = [];
  accessToken = 'a0';
  refreshToken = 'r0';
  /** A thief takes the attribute away after every acquire. */
  readonly stolen = new Set<string>();
  readonly #made = new Map<string, ExistAttribute>();
  #pairs = 0;

  count(endpoint: string): number {
    return this.calls.filter((call) => call.endpoint === endpoint).length;
  }

  authorizeUrl(_client: unknown, request: { readonly state: string; readonly scopes: readonly string[] }): string {
    return `https://exist.test/authorize?scope=${request.scopes.join('+')}&state=${request.state}`;
  }

  async exchangeCode(): Promise<{ status: 'granted'; token: TokenAnswer } | Unanswered> {
    return this.#early('exchange', []) ?? { status: 'granted', token: this.#pair() };
  }

  async refresh(
    _client: unknown,
    refreshToken: string,
  ): Promise<{ status: 'granted'; token: TokenAnswer } | Unanswered> {
    const early = this.#early('refresh', []);
    if (early !== undefined) return early;
    if (refreshToken !== this.refreshToken) return { status: 'rejected', message: 'invalid_grant' };
    const token = this.#pair();
    return this.#isLost('refresh') ? { status: 'unclear', message: 'connection lost' } : { status: 'granted', token };
  }

  async profile(accessToken: string) {
    return (
      this.#early('profile', []) ??
      this.#turnedAway(accessToken) ?? {
        status: 'answered' as const,
        profile: { username: 'ada', timezone: 'Europe/Berlin', localTime: undefined },
      }
    );
  }

  async owned(accessToken: string) {
    const attributes = [...this.ours].map((name) => this.#made.get(name) ?? existAttribute(name));
    return (
      this.#early('owned', []) ??
      this.#turnedAway(accessToken) ?? { status: 'answered' as const, attributes, requests: 1 }
    );
  }

  async attributes(accessToken: string) {
    const attributes = [...[...this.ours].map((name) => existAttribute(name)), ...this.elsewhere];
    return (
      this.#early('attributes', []) ??
      this.#turnedAway(accessToken) ?? { status: 'answered' as const, attributes, requests: 1 }
    );
  }

  async acquire(accessToken: string, items: readonly AcquireItem[]) {
    return this.#answer(
      'acquire',
      accessToken,
      items,
      (item) => ('template' in item ? item.template : item.name),
      (_item, name) => {
        if (!this.stolen.has(name)) this.ours.add(name);
        return existAttribute(name);
      },
    );
  }

  async create(accessToken: string, items: readonly CreateItem[]) {
    return this.#answer(
      'create',
      accessToken,
      items,
      ({ label }) => label,
      ({ label, valueType }, name) => {
        this.ours.add(name);
        const made = { ...existAttribute(name), template: undefined, label, valueType };
        this.#made.set(name, made);
        return made;
      },
      (name) => (this.ours.has(name) ? { code: 'exists', message: 'already there' } : undefined),
    );
  }

  async release(accessToken: string, items: readonly { readonly name: string }[]) {
    return this.#answer(
      'release',
      accessToken,
      items,
      ({ name }) => name,
      (item, name) => {
        this.ours.delete(name);
        return item;
      },
    );
  }

  async update(accessToken: string, items: readonly UpdateItem[]) {
    const bad = items.find(({ value }) => value === 666);
    if (bad !== undefined) {
      this.calls.push({ endpoint: 'update', items });
      return { status: 'rejected' as const, message: 'malformed' };
    }
    return this.#answer(
      'update',
      accessToken,
      items,
      ({ name }) => name,
      ({ name, date, value }) => {
        this.days.set(`${date} ${name}`, value);
        return value;
      },
      (name, { date }) => this.#notOurs(name) ?? this.refuseDay?.(date),
    );
  }

  async increment(accessToken: string, items: readonly IncrementItem[]) {
    return this.#answer(
      'increment',
      accessToken,
      items,
      ({ name }) => name,
      ({ name, date, value }): number | undefined => {
        const current = Number(this.days.get(`${date} ${name}`) ?? 0) + value;
        this.days.set(`${date} ${name}`, current);
        return current;
      },
      (name) => this.#notOurs(name),
    );
  }

  #notOurs(name: string): Refusing | undefined {
    return this.ours.has(name)
      ? undefined
      : { code: 'unauthorised', message: `Attribute '${name}' does not belong to this service` };
  }

  #answer<Item, Result>(
    endpoint: string,
    accessToken: string,
    items: readonly Item[],
    nameOf: (item: Item) => string,
    apply: (item: Item, name: string) => Result,
    check: (name: string, item: Item) => Refusing | undefined = () => undefined,
  ): Outcome<Item, Result> {
    const early = this.#early(endpoint, items) ?? this.#turnedAway(accessToken);
    if (early !== undefined) return early;
    const accepted: { item: Item; result: Result }[] = [];
    const refused: (Refusing & { item: Item })[] = [];
    const unmentioned: Item[] = [];
    for (const item of items) {
      const refusal = this.refuse.get(nameOf(item)) ?? check(nameOf(item), item);
      if (refusal?.code === 'silence') unmentioned.push(item);
      else if (refusal !== undefined) refused.push({ item, ...refusal });
      else accepted.push({ item, result: apply(item, nameOf(item)) });
    }
    return this.#isLost(endpoint)
      ? { status: 'unclear', message: '504 Gateway Time-out' }
      : { status: 'answered', accepted, refused, unmentioned };
  }

  #early(endpoint: string, items: readonly unknown[]): Unanswered | undefined {
    this.calls.push({ endpoint, items });
    return this.next.get(endpoint)?.shift();
  }

  #turnedAway(accessToken: string): Unanswered | undefined {
    return accessToken === this.accessToken ? undefined : { status: 'unauthorised' };
  }

  #isLost(endpoint: string): boolean {
    const left = this.lost.get(endpoint) ?? 0;
    this.lost.set(endpoint, left - 1);
    return left > 0;
  }

  #pair(): TokenAnswer {
    this.#pairs += 1;
    this.accessToken = `a${this.#pairs}`;
    this.refreshToken = `r${this.#pairs}`;
    return {
      accessToken: this.accessToken,
      refreshToken: this.refreshToken,
      expiresInS: 31_535_999,
      scopes: ['activity_write'],
    };
  }
}

export function existAttribute(name: string): ExistAttribute {
  return {
    name,
    template: name,
    label: name,
    group: 'activity',
    valueType: undefined,
    service: 'dayfold',
    serviceLabel: 'dayfold',
    active: true,
  };
}

/** Everything for one test: a store, an Exist, a clock and the coordinator between them. */
export function desk(
  attributes: readonly AttributeConfiguration[],
  now = Date.parse('2026-03-10T12:00:00Z'),
  store = new DeskStore(),
  exist = new DeskExist(),
) {
  const clock = new FakeClock(now);
  const account = { name: 'me', clientId: 'id', clientSecret: 'secret' };
  const calendar = createCalendar({ zones: [{ from: 0, zone: 'Europe/Berlin' }], dayStartsMin: 0 });
  if (store.tokenOf.size === 0) store.tokenOf.set('me', tokenOf());
  const day = 24 * 3_600_000;
  const errors: string[] = [];
  const coordinator = new WriteCoordinator({
    store: store.ports,
    gateway: exist,
    clock,
    calendar,
    random: () => 0.5,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (message: string) => void errors.push(message),
      debug: () => undefined,
    },
    beforeSync: async () => undefined,
    settings: {
      attributes,
      exist: {
        url: 'https://exist.test',
        redirectUri: 'http://localhost:8373/connect/callback',
        syncEveryMs: 3_600_000,
        lateMs: 30 * day,
        accounts: [account],
      },
    },
  });
  return { store, exist, clock, coordinator, calendar, errors };
}
