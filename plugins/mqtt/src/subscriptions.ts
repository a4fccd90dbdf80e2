import type { Storage } from '@dayfold/sdk';
import type { MqttClient } from 'mqtt';
import type { Filters } from './filters.ts';

const STORED = 'subscriptions';
/** Packets stay small: brokers limit the filters of one SUBSCRIBE. */
const BATCH = 100;

interface Stored {
  readonly session: string;
  readonly filters: Readonly<Record<string, number>>;
}

/** What the broker was asked for in the session it keeps for us, over restarts. */
export class Subscriptions {
  readonly #storage: Storage;
  readonly #filters: Filters;
  /** Names the session: broker and client id. */
  readonly #session: string;

  constructor(storage: Storage, filters: Filters, session: string) {
    this.#storage = storage;
    this.#filters = filters;
    this.#session = session;
  }

  /** Whether there had been a session before. */
  async isKnown(): Promise<boolean> {
    return (await this.#load()) !== undefined;
  }

  /**
   * Subscribes to what is missing and leaves what is not wanted any more. A session that the broker kept needs only the
   * difference, so retained messages do not come again. Returns the filters that the broker refused.
   */
  async bring(client: MqttClient, sessionPresent: boolean): Promise<readonly string[]> {
    const known = sessionPresent ? (await this.#load())?.filters : undefined;
    const gone = Object.keys(known ?? {}).filter((filter) => !this.#filters.has(filter));
    for (let at = 0; at < gone.length; at += BATCH) await client.unsubscribeAsync(gone.slice(at, at + BATCH));
    const missing = [...this.#filters].filter(([filter, qos]) => known?.[filter] !== qos);
    const refused = await subscribe(client, missing);
    if (missing.length > 0 || gone.length > 0 || known === undefined) {
      const filters = Object.fromEntries([...this.#filters].filter(([filter]) => !refused.includes(filter)));
      await this.#storage.set(STORED, { session: this.#session, filters });
    }
    return refused;
  }

  async #load(): Promise<Stored | undefined> {
    const stored = (await this.#storage.get(STORED)) as Stored | undefined;
    return stored?.session === this.#session ? stored : undefined;
  }
}

/** Resolves to the filters that were refused; rejects when the connection broke. */
export async function subscribe(
  client: MqttClient,
  filters: readonly (readonly [string, 0 | 1 | 2])[],
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (let at = 0; at < filters.length; at += BATCH) {
    refused.push(...(await subscribeTo(client, filters.slice(at, at + BATCH))));
  }
  return refused;
}

function subscribeTo(
  client: MqttClient,
  filters: readonly (readonly [string, 0 | 1 | 2])[],
): Promise<readonly string[]> {
  // rh 1: retained messages only where the broker does not know the subscription yet (MQTT 5; ignored on 3.1.1).
  const wanted = Object.fromEntries(filters.map(([filter, qos]) => [filter, { qos, rh: 1 }]));
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error('the connection broke while subscribing'));
    client.once('close', lost);
    client.subscribe(wanted, {} as never, (error, _granted, packet) => {
      client.off('close', lost);
      const codes = packet?.granted ?? (error as { packet?: { granted?: number[] } } | null)?.packet?.granted;
      if (codes !== undefined)
        resolve(filters.flatMap(([filter], index) => (Number(codes[index] ?? 128) >= 128 ? [filter] : [])));
      else if (error !== null) reject(error);
      else resolve([]);
    });
  });
}
