import type { JsonValue, Storage } from '@dayfold/sdk';
import { createHash } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';

/** A topic storm must not fill the memory: what is forgotten here is still in the storage. */
const MOST_IN_MEMORY = 20_000;

/** A topic storm must not fill the disk either: what comes under further topics is taken with every new subscription. */
const MOST_STORED = 20_000;
const PREFIX = 'retained:';

/** A retained message comes with every new subscription: the same content of a topic is a reading once. */
export class RetainedMemory {
  readonly #storage: Storage;
  readonly #known = new BoundedMap<string, string>(MOST_IN_MEMORY);
  readonly #most: number;
  /** How many topics are in the storage, once it was asked. */
  #stored: number | undefined;

  constructor(storage: Storage, most = MOST_STORED) {
    this.#storage = storage;
    this.#most = most;
  }

  /** The state to store with the readings of this message; undefined when its content is known. */
  async remember(topic: string, payload: Buffer): Promise<Readonly<Record<string, JsonValue>> | undefined> {
    const key = PREFIX + digestOf(topic);
    const digest = digestOf(payload);
    const known = this.#known.get(key) ?? (await this.#storage.get(key));
    if (known === digest) return undefined;
    if (known === undefined && !(await this.#hasRoom())) return {};
    this.#known.set(key, digest);
    return { [key]: digest };
  }

  async #hasRoom(): Promise<boolean> {
    this.#stored ??= (await this.#storage.keys()).filter((key) => key.startsWith(PREFIX)).length;
    if (this.#stored >= this.#most) return false;
    this.#stored += 1;
    return true;
  }

  /** Its readings could not be stored after all. */
  forget(topic: string): void {
    this.#known.delete(PREFIX + digestOf(topic));
  }
}

function digestOf(content: string | Buffer): string {
  return createHash('sha1').update(content).digest('base64url').slice(0, 16);
}
