import type { Change, Changes, DayKey, Increment, LedgerEntry, WireValue } from '@dayfold/runtime';
import type { Database } from '../database.ts';
import { dayNumberOf, IS_DAY } from '../numbers/day-numbers.ts';
import { documentOf } from './token-document.ts';

export class SqliteChanges implements Changes {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async together(changes: readonly Change[]): Promise<void> {
    if (changes.length > 0) recordChanges(this.#database, changes);
  }
}

/** In one transaction. The ports' own methods write through here too, so that each change is said in SQL once. */
export function recordChanges(database: Database, changes: readonly Change[]): void {
  database.transaction(() => {
    for (const change of changes) record(database, change);
  });
}

function record(database: Database, change: Change): void {
  switch (change.kind) {
    case 'request': {
      const { account, at, endpoint, items, outcome, ms } = change.request;
      database.run(
        'INSERT INTO request_log (account, at, endpoint, items, outcome, ms) VALUES (?, ?, ?, ?, ?, ?)',
        account,
        at,
        endpoint,
        items,
        outcome,
        Math.round(ms),
      );
      return;
    }
    case 'sent':
      for (const { attribute, date, value, at, outcome } of change.items) {
        database.run(
          'INSERT INTO sent (account, attribute, date, value, at, outcome) VALUES (?, ?, ?, ?, ?, ?)',
          change.account,
          attribute,
          date,
          value,
          at,
          outcome,
        );
      }
      return;
    case 'confirm':
      for (const item of change.items) confirm(database, change.account, item);
      return;
    case 'refuse': {
      const { attribute, date, value } = change.item;
      database.run(
        `UPDATE attribute_day SET refused = 1, reason = ? WHERE ${IS_DAY} AND account = ? AND wanted = ?`,
        change.reason,
        attribute,
        dayNumberOf(date),
        change.account,
        value,
      );
      return;
    }
    case 'increment':
      settleIncrement(database, change);
      return;
    case 'ledger':
      for (const entry of change.entries) putEntry(database, entry);
      return;
    case 'token':
      database.run('INSERT OR REPLACE INTO token VALUES (?, ?)', change.token.account, documentOf(change.token));
      return;
    case 'raise': {
      const { code, subject, since, message, remedy } = change.problem;
      database.run(
        `INSERT INTO problem VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET message = excluded.message, remedy = excluded.remedy`,
        code,
        subject,
        since,
        message,
        remedy,
      );
      return;
    }
    case 'clear':
      database.run('DELETE FROM problem WHERE code = ? AND subject = ?', change.code, change.subject);
      return;
    case 'keep':
      database.run(
        'INSERT OR REPLACE INTO plugin_storage VALUES (?, ?, ?)',
        change.scope,
        change.key,
        JSON.stringify(change.value),
      );
  }
}

function confirm(
  database: Database,
  account: string,
  { attribute, date, value }: DayKey & { readonly value: WireValue },
): void {
  database.run(
    `UPDATE attribute_day SET confirmed = ? WHERE ${IS_DAY} AND account = ?`,
    value,
    attribute,
    dayNumberOf(date),
    account,
  );
}

function settleIncrement(database: Database, { id, outcome }: Extract<Change, { readonly kind: 'increment' }>): void {
  if (outcome === 'sent' || outcome === 'unclear') {
    database.run('UPDATE increment SET state = ? WHERE id = ?', outcome, id);
    return;
  }
  const row = database.get('SELECT * FROM increment WHERE id = ?', id) as unknown as Increment | undefined;
  if (row !== undefined && outcome === 'confirmed') confirm(database, row.account, { ...row, value: row.total });
  database.run('DELETE FROM increment WHERE id = ?', id);
}

function putEntry(
  database: Database,
  { account, attribute, name, state, since, reacquiredAt, reason }: LedgerEntry,
): void {
  database.run(
    'INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)',
    account,
    attribute,
    name,
    state,
    since,
    reacquiredAt ?? null,
    reason ?? null,
  );
}
