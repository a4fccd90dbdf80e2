import type { Storage } from '@dayfold/sdk';
import type { IConnackPacket, MqttClient } from 'mqtt';
import type { Copies, Named } from './copies.ts';
import { covers, joined, overlapping } from './filters.ts';
import type { Filters } from './filters.ts';
import { isRefused, subscribe } from './subscribing.ts';
import type { Granted, Wanted } from './subscribing.ts';

const STORED = 'subscriptions';
/** Packets stay small: brokers limit the filters of one UNSUBSCRIBE. */
const BATCH = 100;

interface Stored {
  readonly session: string;
  readonly filters: Readonly<Record<string, number>>;
  /** Those of `filters` that have a subscription identifier. */
  readonly named?: Readonly<Record<string, Named>>;
  /** A connection was begun since: the session may be a new one that lacks some of `filters`. */
  readonly isUnsure?: boolean;
  /** The next subscription identifier; it grows over all sessions. */
  readonly next?: number;
}

/**
 * What the broker was asked for in the session it keeps for us, over restarts.
 *
 * A broker says that it knows the session even where that was begun a moment ago and the connection, or the process,
 * ended before anything was subscribed. So what is stored is unsure from before a connection until everything stands,
 * and a session found unsure is subscribed anew.
 */
export class Subscriptions {
  readonly #storage: Storage;
  readonly #filters: Filters;
  /** Names the session: broker and client id. */
  readonly #session: string;
  readonly #copies: Copies;
  /** The session has all of the stored filters, if it is there. */
  #isSure = false;
  #marked: Promise<void> = Promise.resolve();

  constructor(storage: Storage, filters: Filters, session: string, copies: Copies) {
    this.#storage = storage;
    this.#filters = filters;
    this.#session = session;
    this.#copies = copies;
  }

  /** Before the first connection; whether there had been a session before. */
  async open(): Promise<boolean> {
    const known = await this.#known();
    this.#isSure = known !== undefined && known.isUnsure !== true;
    this.#copies.replace(this.#isSure ? (known?.named ?? {}) : {});
    await this.#mark();
    return known !== undefined;
  }

  /** On CONNACK, before any message of the new connection. */
  connected(sessionPresent: boolean): void {
    if (sessionPresent) return;
    this.#isSure = false;
    this.#copies.replace({});
  }

  /** When the connection is lost; the next comes later than this is stored. */
  lost(): void {
    this.#marked = this.#mark().catch(() => undefined);
  }

  /**
   * Subscribes to what is missing and leaves what is not wanted any more. A session that the broker kept needs only the
   * difference, so retained messages do not come again. Returns the filters that the broker refused.
   */
  async bring(client: MqttClient, connack: IConnackPacket): Promise<readonly string[]> {
    await this.#marked;
    const known = connack.sessionPresent && this.#isSure ? (await this.#known())?.filters : undefined;
    const isNaming = namesCopies(client, connack);
    const wanted = isNaming ? this.#filters : joined(this.#filters);
    const named = isNaming ? overlapping(wanted) : new Set<string>();
    const missing = [...wanted].filter(
      ([filter, qos]) => known?.[filter] !== qos || (named.has(filter) && !this.#copies.has(filter)),
    );
    const gone = Object.keys(known ?? {}).filter((filter) => !wanted.has(filter));
    for (const filter of [...gone, ...missing.map(([one]) => one)]) this.#copies.delete(filter);
    const granted = [
      ...(await subscribe(
        client,
        missing.filter(([filter]) => !named.has(filter)),
      )),
      ...(await this.#subscribeNamed(
        client,
        missing.filter(([filter]) => named.has(filter)),
      )),
    ];
    const refused = new Set(granted.filter(isRefused).map(([filter]) => filter));
    // A broker may allow each of those that were joined, and not all of what covers them.
    const instead = [...this.#filters].filter(
      ([filter]) => !wanted.has(filter) && [...refused].some((one) => covers(one, filter)),
    );
    for (const answer of await subscribe(client, instead)) {
      if (isRefused(answer)) refused.add(answer[0]);
    }
    const kept = new Map([...wanted, ...instead].filter(([filter]) => !refused.has(filter)));
    const left = gone.filter((filter) => !kept.has(filter));
    for (let at = 0; at < left.length; at += BATCH) await client.unsubscribeAsync(left.slice(at, at + BATCH));
    await this.#keep(Object.fromEntries(kept));
    this.#isSure = true;
    return [...refused].filter((filter) => this.#filters.has(filter));
  }

  /** One after the other, as `Copies` needs it. */
  async #subscribeNamed(client: MqttClient, filters: readonly Wanted[]): Promise<Granted> {
    if (filters.length === 0) return [];
    const stored = await this.#load();
    const first = stored?.next ?? 1;
    // Before they are used: the process may die before the end.
    await this.#storage.set(STORED, {
      session: stored?.session ?? '',
      filters: stored?.filters ?? {},
      named: stored?.named ?? {},
      isUnsure: true,
      next: first + filters.length,
    });
    const granted: Granted[number][] = [];
    for (const [index, wanted] of filters.entries()) {
      const [answer] = await subscribe(client, [wanted], { identifier: first + index });
      if (answer === undefined) continue;
      granted.push(answer);
      const [filter, qos] = answer;
      if (!isRefused(answer)) this.#copies.set(filter, { identifier: first + index, qos });
    }
    return granted;
  }

  async #keep(filters: Stored['filters']): Promise<void> {
    const { next = 1 } = (await this.#load()) ?? {};
    await this.#storage.set(STORED, { session: this.#session, filters, named: this.#copies.all, next });
  }

  async #mark(): Promise<void> {
    const stored = await this.#load();
    if (stored !== undefined && stored.isUnsure !== true)
      await this.#storage.set(STORED, { ...stored, isUnsure: true });
  }

  async #known(): Promise<Stored | undefined> {
    const stored = await this.#load();
    return stored?.session === this.#session ? stored : undefined;
  }

  async #load(): Promise<Stored | undefined> {
    return (await this.#storage.get(STORED)) as Stored | undefined;
  }
}

/** Whether this broker says of each message for which subscription it comes. */
function namesCopies(client: MqttClient, { properties }: IConnackPacket): boolean {
  return client.options.protocolVersion === 5 && properties?.subscriptionIdentifiersAvailable !== false;
}
