import type { JsonValue, Storage } from '../services.ts';

/** Storage that lasts as long as the test keeps it: hand it to a second harness to play a restart. */
export class MemoryStorage implements Storage {
  readonly #values = new Map<string, string>();

  get(key: string): Promise<JsonValue | undefined> {
    const text = this.#values.get(key);
    return Promise.resolve(text === undefined ? undefined : (JSON.parse(text) as JsonValue));
  }

  set(key: string, value: JsonValue): Promise<void> {
    this.#values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.#values.delete(key);
    return Promise.resolve();
  }

  keys(): Promise<readonly string[]> {
    return Promise.resolve([...this.#values.keys()].toSorted());
  }
}
