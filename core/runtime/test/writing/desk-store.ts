import type { JsonValue } from '@dayfold/sdk';
import type { Instant, LocalDay } from '../../src/day/calendar.ts';
import type { LedgerEntry, LoggedRequest, Token } from '../../src/store/accounts.ts';
import type { WireValue } from '../../src/store/attribute-days.ts';
import type { Change } from '../../src/store/changes.ts';
import { MemoryChanges } from '../../src/store/memory-changes.ts';
import type { Increment, Outbox, OutboxItem, SentItem } from '../../src/store/outbox.ts';
import type { Problem } from '../../src/store/problems.ts';
import type { WritingStore } from '../../src/writing/writing-parts.ts';

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
