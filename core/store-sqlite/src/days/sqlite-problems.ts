import type { Change, KeyValues, Problem, Problems } from '@dayfold/runtime';
import type { JsonValue } from '@dayfold/sdk';
import type { Database } from '../database.ts';
import { recordChanges } from './sqlite-changes.ts';

/** While the disk takes nothing, what is raised and cleared is kept in memory: a full disk is itself a problem to be shown. */
export class SqliteProblems implements Problems {
  readonly #database: Database;
  /** Not written yet; undefined for one that was cleared. */
  readonly #unwritten = new Map<string, Problem | undefined>();

  constructor(database: Database) {
    this.#database = database;
  }

  async raise(problem: Problem): Promise<void> {
    this.#change(problem.code, problem.subject, problem);
  }

  async clear(code: string, subject: string): Promise<void> {
    this.#change(code, subject, undefined);
  }

  async list(): Promise<readonly Problem[]> {
    const written = this.#database
      .all('SELECT code, subject, since, message, remedy FROM problem ORDER BY since, code, subject')
      .map((row) => ({ ...row }) as unknown as Problem);
    if (this.#unwritten.size === 0) return written;
    const all = new Map(written.map((problem) => [keyOf(problem.code, problem.subject), problem]));
    for (const [key, problem] of this.#unwritten) {
      const known = all.get(key);
      if (problem === undefined) all.delete(key);
      else all.set(key, known === undefined ? problem : { ...problem, since: known.since });
    }
    return [...all.values()].toSorted((left, right) => left.since - right.since);
  }

  #change(code: string, subject: string, problem: Problem | undefined): void {
    const key = keyOf(code, subject);
    const earlier = this.#unwritten.get(key);
    this.#unwritten.set(
      key,
      problem === undefined || earlier === undefined ? problem : { ...problem, since: earlier.since },
    );
    try {
      recordChanges(this.#database, [...this.#unwritten].map(changeOf));
      this.#unwritten.clear();
    } catch (error) {
      const { code: reason } = error as { code?: unknown };
      if (reason !== 'store.full' && reason !== 'store.readonly') throw error;
    }
  }
}

function changeOf([key, problem]: readonly [string, Problem | undefined]): Change {
  if (problem !== undefined) return { kind: 'raise', problem };
  const [code, subject] = JSON.parse(key) as [string, string];
  return { kind: 'clear', code, subject };
}

function keyOf(code: string, subject: string): string {
  return JSON.stringify([code, subject]);
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
