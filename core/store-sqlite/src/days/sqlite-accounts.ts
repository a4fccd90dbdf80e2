import type { Instant, Ledger, LedgerEntry, LoggedRequest, RequestLog, Token, Tokens } from '@dayfold/runtime';
import type { Database } from '../database.ts';
import { recordChanges } from './sqlite-changes.ts';
import { tokenOf } from './token-document.ts';

export class SqliteLedger implements Ledger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async entries(account: string): Promise<readonly LedgerEntry[]> {
    return this.#database.all('SELECT * FROM ledger WHERE account = ? ORDER BY attribute', account).map((row) => ({
      account,
      attribute: row['attribute'] as string,
      name: row['name'] as string,
      state: row['state'] as LedgerEntry['state'],
      since: Number(row['since']),
      reacquiredAt: (row['reacquired'] ?? undefined) as Instant | undefined,
      reason: (row['reason'] ?? undefined) as string | undefined,
    }));
  }

  async put(entries: readonly LedgerEntry[]): Promise<void> {
    recordChanges(this.#database, [{ kind: 'ledger', entries }]);
  }

  async forget(account: string, attribute: string): Promise<void> {
    this.#database.run('DELETE FROM ledger WHERE account = ? AND attribute = ?', account, attribute);
  }
}

/** Tokens as documents: their fields are read together or not at all. */
export class SqliteTokens implements Tokens {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get(account: string): Promise<Token | undefined> {
    const row = this.#database.get('SELECT document FROM token WHERE account = ?', account);
    return row === undefined ? undefined : tokenOf(row['document'] as string);
  }

  async put(token: Token): Promise<void> {
    recordChanges(this.#database, [{ kind: 'token', token }]);
  }

  async forget(account: string): Promise<void> {
    this.#database.run('DELETE FROM token WHERE account = ?', account);
  }
}

export class SqliteRequestLog implements RequestLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async append(request: LoggedRequest): Promise<void> {
    recordChanges(this.#database, [{ kind: 'request', request }]);
  }

  async since(account: string, from: Instant): Promise<readonly LoggedRequest[]> {
    return this.#database
      .all(
        'SELECT account, at, endpoint, items, outcome, ms FROM request_log WHERE account = ? AND at >= ? ORDER BY seq',
        account,
        from,
      )
      .map((row) => ({ ...row }) as unknown as LoggedRequest);
  }

  async prune(before: Instant): Promise<void> {
    this.#database.run('DELETE FROM request_log WHERE at < ?', before);
  }
}
