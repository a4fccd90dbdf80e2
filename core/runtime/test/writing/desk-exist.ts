import type { LocalDay } from '../../src/day/calendar.ts';
import { Secret } from '../../src/kernel/secret.ts';
import type { WireValue } from '../../src/store/attribute-days.ts';
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
  zone = 'Europe/Berlin';
  localTime: string | undefined;
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
    refreshToken: Secret,
  ): Promise<{ status: 'granted'; token: TokenAnswer } | Unanswered> {
    const early = this.#early('refresh', []);
    if (early !== undefined) return early;
    if (refreshToken.reveal() !== this.refreshToken) return { status: 'rejected', message: 'invalid_grant' };
    const token = this.#pair();
    return this.#isLost('refresh') ? { status: 'unclear', message: 'connection lost' } : { status: 'granted', token };
  }

  async profile(accessToken: Secret) {
    return (
      this.#early('profile', []) ??
      this.#turnedAway(accessToken) ?? {
        status: 'answered' as const,
        profile: { username: 'ada', timezone: this.zone, localTime: this.localTime },
      }
    );
  }

  async owned(accessToken: Secret) {
    const attributes = [...this.ours].map((name) => this.#made.get(name) ?? existAttribute(name));
    return (
      this.#early('owned', []) ??
      this.#turnedAway(accessToken) ?? { status: 'answered' as const, attributes, requests: 1 }
    );
  }

  async attributes(accessToken: Secret) {
    const attributes = [...[...this.ours].map((name) => existAttribute(name)), ...this.elsewhere];
    return (
      this.#early('attributes', []) ??
      this.#turnedAway(accessToken) ?? { status: 'answered' as const, attributes, requests: 1 }
    );
  }

  async acquire(accessToken: Secret, items: readonly AcquireItem[]) {
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

  async create(accessToken: Secret, items: readonly CreateItem[]) {
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

  async release(accessToken: Secret, items: readonly { readonly name: string }[]) {
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

  async update(accessToken: Secret, items: readonly UpdateItem[]) {
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

  async increment(accessToken: Secret, items: readonly IncrementItem[]) {
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
    accessToken: Secret,
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

  #turnedAway(accessToken: Secret): Unanswered | undefined {
    return accessToken.reveal() === this.accessToken ? undefined : { status: 'unauthorised' };
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
      accessToken: new Secret(this.accessToken),
      refreshToken: new Secret(this.refreshToken),
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
