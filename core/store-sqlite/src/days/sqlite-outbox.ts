import { isPassing } from '@dayfold/runtime';
import type {
  DayKey,
  Increment,
  IncrementOutcome,
  Instant,
  LocalDay,
  Outbox,
  OutboxItem,
  SentItem,
  WireValue,
} from '@dayfold/runtime';
import type { Database } from '../database.ts';
import { DAY, dateOf, IS_OF_ATTRIBUTE, JOIN_ATTRIBUTE } from '../numbers/day-numbers.ts';
import { recordChanges } from './sqlite-changes.ts';

const IS_DUE = 'wanted IS NOT NULL AND refused = 0 AND (confirmed IS NULL OR confirmed <> wanted)';

export class SqliteOutbox implements Outbox {
  readonly #database: Database;
  #isIndexed = false;

  constructor(database: Database) {
    this.#database = database;
  }

  async due(account: string): Promise<readonly OutboxItem[]> {
    this.#index();
    return this.#database
      .all(
        `SELECT attribute_day.id AS number, name, wanted, confirmed, changed FROM attribute_day ${JOIN_ATTRIBUTE}
         WHERE account = ? AND ${IS_DUE} ORDER BY ${DAY}, name`,
        account,
      )
      .map((row) => ({
        attribute: row['name'] as string,
        date: dateOf(Number(row['number'])),
        value: row['wanted'] as WireValue,
        confirmed: (row['confirmed'] ?? undefined) as WireValue | undefined,
        changedAt: Number(row['changed']),
      }));
  }

  async confirm(
    account: string,
    items: readonly (DayKey & { readonly value: WireValue })[],
    now: Instant,
  ): Promise<void> {
    recordChanges(this.#database, [{ kind: 'confirm', account, items, now }]);
  }

  async refuse(
    account: string,
    item: DayKey & { readonly value: WireValue },
    reason: string,
    now: Instant,
  ): Promise<void> {
    recordChanges(this.#database, [{ kind: 'refuse', account, item, reason, now }]);
  }

  async reopen(account: string, attribute?: string): Promise<void> {
    this.#database.run(
      `UPDATE attribute_day SET refused = 0, reason = NULL WHERE account = ?1 AND refused = 1 AND
         (?2 IS NULL OR EXISTS (SELECT 1 FROM attribute WHERE name = ?2 AND ${IS_OF_ATTRIBUTE}))`,
      account,
      attribute ?? null,
    );
  }

  async log(account: string, items: readonly SentItem[]): Promise<void> {
    recordChanges(this.#database, [{ kind: 'sent', account, items }]);
  }

  async sent(attribute: string, date: LocalDay): Promise<readonly SentItem[]> {
    return this.#database
      .all(
        'SELECT attribute, date, value, at, outcome FROM sent WHERE attribute = ? AND date = ? ORDER BY seq',
        attribute,
        date,
      )
      .map((row) => ({ ...row }) as unknown as SentItem);
  }

  async pruneSent(before: Instant): Promise<number> {
    return this.#database.run(
      `DELETE FROM sent WHERE at < ? AND seq <
         (SELECT max(seq) FROM sent AS later WHERE later.attribute = sent.attribute AND later.date = sent.date)`,
      before,
    ).changes;
  }

  async recordIncrement(increment: Omit<Increment, 'id' | 'state'>): Promise<Increment> {
    const { account, attribute, date, delta, total, at } = increment;
    const { lastId } = this.#database.run(
      "INSERT INTO increment (account, attribute, date, delta, total, state, at) VALUES (?, ?, ?, ?, ?, 'recorded', ?)",
      account,
      attribute,
      date,
      delta,
      total,
      at,
    );
    return { ...increment, id: lastId, state: 'recorded' };
  }

  async increments(account: string): Promise<readonly Increment[]> {
    return this.#database
      .all('SELECT * FROM increment WHERE account = ? ORDER BY id', account)
      .map((row) => ({ ...row }) as unknown as Increment);
  }

  async settleIncrement(id: number, outcome: IncrementOutcome, now: Instant): Promise<void> {
    recordChanges(this.#database, [{ kind: 'increment', id, outcome, now }]);
  }

  /** Where nothing is sent nobody asks what is due, and a backfill of years need not write it down. */
  #index(): void {
    if (this.#isIndexed || this.#database.isReadOnly) return;
    try {
      this.#database.script(`CREATE INDEX IF NOT EXISTS attribute_day_due ON attribute_day (account) WHERE ${IS_DUE}`);
      this.#isIndexed = true;
    } catch (error) {
      // With no room for it all days are looked at.
      if (!isPassing(error)) throw error;
    }
  }
}
