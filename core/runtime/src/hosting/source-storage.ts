import type { JsonValue, Storage } from '@dayfold/sdk';
import type { KeyValues } from '../store/problems.ts';

/** Far above the files, topics and cursors that a source of a home has to remember. */
export const MOST_KEYS = 50_000;
const LONGEST_KEY = 8 * 1024;
const LARGEST_VALUE = 64 * 1024;

/** What a source keeps, within bounds: more is refused with an error that says so, and nothing of it is stored. */
export class SourceStorage implements Storage {
  readonly #keyValues: KeyValues;
  readonly #source: string;
  readonly #refuseIfOver: () => void;
  readonly #names = new Set<string>();

  constructor(keyValues: KeyValues, source: string, refuseIfOver: () => void) {
    this.#keyValues = keyValues;
    this.#source = source;
    this.#refuseIfOver = refuseIfOver;
    // Until these are known no more is refused for their number: waiting would let later readings go before earlier ones.
    this.keys().then(
      (keys) => keys.forEach((key) => this.#names.add(key)),
      () => undefined,
    );
  }

  async get(key: string): Promise<JsonValue | undefined> {
    return await this.#keyValues.get(this.#source, key);
  }

  async set(key: string, value: JsonValue): Promise<void> {
    this.#refuseIfOver();
    this.admit({ [key]: value });
    await this.#keyValues.set(this.#source, key, value);
  }

  async delete(key: string): Promise<void> {
    this.#refuseIfOver();
    await this.#keyValues.delete(this.#source, key);
    this.#names.delete(key);
  }

  async keys(): Promise<readonly string[]> {
    return await this.#keyValues.keys(this.#source);
  }

  /** For what is stored together with readings; throws where it would go beyond a bound. */
  admit(state: Readonly<Record<string, JsonValue>>): void {
    for (const [key, value] of Object.entries(state)) {
      const shown = key.slice(0, 100);
      const { length } = JSON.stringify(value);
      if (key.length > LONGEST_KEY)
        throw new Error(`the key "${shown}…" is too long: a storage takes 8 KB at the most`);
      if (length > LARGEST_VALUE)
        throw new Error(
          `the value of "${shown}" is too long: a storage takes 64 KB at the most, and it has ${length} bytes`,
        );
      if (this.#names.size >= MOST_KEYS && !this.#names.has(key))
        throw new Error(`"${shown}" is one key too many: the storage of a source takes ${MOST_KEYS} at the most`);
      this.#names.add(key);
    }
  }
}
