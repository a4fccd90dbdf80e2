import type { KeyValues, Problem, Problems } from '@dayfold/runtime';
import type { JsonValue } from '@dayfold/sdk';
import type { Database } from './database.ts';
import { recordChanges } from './sqlite-changes.ts';

export class SqliteProblems implements Problems {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async raise(problem: Problem): Promise<void> {
    recordChanges(this.#database, [{ kind: 'raise', problem }]);
  }

  async clear(code: string, subject: string): Promise<void> {
    recordChanges(this.#database, [{ kind: 'clear', code, subject }]);
  }

  async list(): Promise<readonly Problem[]> {
    return this.#database
      .all('SELECT code, subject, since, message, remedy FROM problem ORDER BY since, code, subject')
      .map((row) => ({ ...row }) as unknown as Problem);
  }
}

export class SqliteKeyValues implements KeyValues {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get(scope: string, key: string): Promise<JsonValue | undefined> {
    const row = this.#database.get('SELECT value FROM plugin_storage WHERE scope = ? AND key = ?', scope, key);
    return row === undefined ? undefined : (JSON.parse(row['value'] as string) as JsonValue);
  }

  async set(scope: string, key: string, value: JsonValue): Promise<void> {
    recordChanges(this.#database, [{ kind: 'keep', scope, key, value }]);
  }

  async delete(scope: string, key: string): Promise<void> {
    this.#database.run('DELETE FROM plugin_storage WHERE scope = ? AND key = ?', scope, key);
  }

  async keys(scope: string): Promise<readonly string[]> {
    return this.#database
      .all('SELECT key FROM plugin_storage WHERE scope = ? ORDER BY key', scope)
      .map(({ key }) => key as string);
  }
}
