import type { DayKey, Increment, LocalDay, Outbox, OutboxItem, SentItem, WireValue } from '@dayfold/runtime';
import type { Database } from './database.ts';

export class SqliteOutbox implements Outbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async due(account: string): Promise<readonly OutboxItem[]> {
    return this.#database
      .all(
        `SELECT attribute, date, wanted, confirmed, changed FROM attribute_day
         WHERE account = ? AND wanted IS NOT NULL AND refused = 0 AND (confirmed IS NULL OR confirmed <> wanted) ORDER BY date, attribute`,
        account,
      )
      .map((row) => ({
        attribute: row['attribute'] as string,
        date: row['date'] as LocalDay,
        value: row['wanted'] as WireValue,
        confirmed: (row['confirmed'] ?? undefined) as WireValue | undefined,
        changedAt: Number(row['changed']),
      }));
  }

  async confirm(account: string, items: readonly (DayKey & { readonly value: WireValue })[]): Promise<void> {
    this.#database.transaction(() => {
      for (const item of items) this.#confirmOne(account, item);
    });
  }

  async refuse(account: string, item: DayKey & { readonly value: WireValue }, reason: string): Promise<void> {
    this.#database.run(
      'UPDATE attribute_day SET refused = 1, reason = ? WHERE account = ? AND attribute = ? AND date = ? AND wanted = ?',
      reason,
      account,
      item.attribute,
      item.date,
      item.value,
    );
  }

  async reopen(account: string, attribute?: string): Promise<void> {
    this.#database.run(
      'UPDATE attribute_day SET refused = 0, reason = NULL WHERE account = ?1 AND refused = 1 AND (?2 IS NULL OR attribute = ?2)',
      account,
      attribute ?? null,
    );
  }

  async log(account: string, items: readonly SentItem[]): Promise<void> {
    this.#database.transaction(() => {
      for (const { attribute, date, value, at, outcome } of items) {
        this.#database.run(
          'INSERT INTO sent (account, attribute, date, value, at, outcome) VALUES (?, ?, ?, ?, ?, ?)',
          account,
          attribute,
          date,
          value,
          at,
          outcome,
        );
      }
    });
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

  async settleIncrement(id: number, outcome: 'sent' | 'unclear' | 'confirmed' | 'dropped'): Promise<void> {
    this.#database.transaction(() => {
      if (outcome === 'sent' || outcome === 'unclear') {
        this.#database.run('UPDATE increment SET state = ? WHERE id = ?', outcome, id);
        return;
      }
      const row = this.#database.get('SELECT * FROM increment WHERE id = ?', id) as unknown as Increment | undefined;
      if (row !== undefined && outcome === 'confirmed') this.#confirmOne(row.account, { ...row, value: row.total });
      this.#database.run('DELETE FROM increment WHERE id = ?', id);
    });
  }

  #confirmOne(account: string, { attribute, date, value }: DayKey & { readonly value: WireValue }): void {
    this.#database.run(
      'UPDATE attribute_day SET confirmed = ? WHERE account = ? AND attribute = ? AND date = ?',
      value,
      account,
      attribute,
      date,
    );
  }
}
