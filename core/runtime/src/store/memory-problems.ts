import type { JsonValue } from '@dayfold/sdk';
import { compare } from './memory-attribute-days.ts';
import type { KeyValues, Problem, Problems } from './problems.ts';

export class MemoryProblems implements Problems {
  readonly #problems = new Map<string, Problem>();

  async raise(problem: Problem): Promise<void> {
    const key = JSON.stringify([problem.code, problem.subject]);
    this.#problems.set(key, { ...problem, since: this.#problems.get(key)?.since ?? problem.since });
  }

  async clear(code: string, subject: string): Promise<void> {
    this.#problems.delete(JSON.stringify([code, subject]));
  }

  async list(): Promise<readonly Problem[]> {
    return [...this.#problems.values()].toSorted(
      (left, right) =>
        left.since - right.since || compare(left.code, right.code) || compare(left.subject, right.subject),
    );
  }
}

/** Values are kept as text: what was handed over may change afterwards without changing what is kept. */
export class MemoryKeyValues implements KeyValues {
  readonly #scopes = new Map<string, Map<string, string>>();

  async get(scope: string, key: string): Promise<JsonValue | undefined> {
    const text = this.#scopes.get(scope)?.get(key);
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  }

  async set(scope: string, key: string, value: JsonValue): Promise<void> {
    this.put(scope, key, value);
  }

  async delete(scope: string, key: string): Promise<void> {
    this.#scopes.get(scope)?.delete(key);
  }

  async keys(scope: string): Promise<readonly string[]> {
    return [...(this.#scopes.get(scope)?.keys() ?? [])].toSorted();
  }

  /** As `set`, at once: for the journal, whose commit is one step. */
  put(scope: string, key: string, value: JsonValue): void {
    const values = this.#scopes.get(scope) ?? new Map<string, string>();
    values.set(key, JSON.stringify(value));
    this.#scopes.set(scope, values);
  }
}
