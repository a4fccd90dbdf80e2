import type { Aedes } from 'aedes';

/** As mosquitto keeps for an absent client; what comes on top is not kept. */
const MOST_QUEUED = 1000;
const MOST_RETAINED = 10_000;
/** Of the waiting and of the retained messages, each by itself. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_SESSIONS = 1000;
const MOST_SUBSCRIPTIONS = 10_000;

interface Stored {
  readonly topic: string;
  /** Absent once a QoS 2 message is only waiting for its release. */
  readonly payload?: Buffer;
}

/** What aedes keeps between connections, as far as it is limited here. */
export interface Persistence {
  storeRetained(packet: Stored): Promise<void>;
  outgoingEnqueueCombi(clients: readonly { readonly clientId: string }[], packet: Stored): Promise<void>;
  outgoingClearMessageId(client: { readonly id: string }, packet: unknown): Promise<Stored | undefined>;
  subscriptionsByClient(client: { readonly id: string }): Promise<readonly { readonly topic: string }[]>;
  countOffline(): Promise<{ readonly clientsCount: number; readonly subsCount: number }>;
}

/** Bounds the memory of a hosted broker: aedes and its persistence keep whatever they are sent. */
export function limitMemory(aedes: Aedes): Persistence {
  // Their types leave both out.
  const { persistence, clients } = aedes as unknown as {
    readonly persistence: Persistence;
    readonly clients: Readonly<Record<string, unknown>>;
  };
  const waiting = new Waiting();
  const retained = new Retained();
  const store = persistence.storeRetained.bind(persistence);
  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence);
  const clear = persistence.outgoingClearMessageId.bind(persistence);
  persistence.storeRetained = async (packet) => {
    if (retained.takes(packet)) await store(packet);
  };
  persistence.outgoingEnqueueCombi = (all, packet) => {
    // A client that is there reads what it is sent, or aedes lets go of it.
    const taking = all.filter(({ clientId }) => clients[clientId] !== undefined || waiting.hasRoom(clientId));
    for (const { clientId } of taking) waiting.add(clientId, packet);
    return enqueue(taking, packet);
  };
  persistence.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    if (cleared !== undefined) waiting.remove(client.id, cleared);
    return cleared;
  };
  return persistence;
}

/** A subscription that a session has already comes back with it, however full it is. */
export async function mayKeep(persistence: Persistence, clientId: string, filter: string): Promise<boolean> {
  const { clientsCount, subsCount } = await persistence.countOffline();
  if (clientsCount < MOST_SESSIONS && subsCount < MOST_SUBSCRIPTIONS) return true;
  return (await persistence.subscriptionsByClient({ id: clientId })).some(({ topic }) => topic === filter);
}

class Waiting {
  readonly #clients = new Map<string, { messages: number; bytes: number }>();
  #bytes = 0;

  hasRoom(clientId: string): boolean {
    return (this.#clients.get(clientId)?.messages ?? 0) < MOST_QUEUED && this.#bytes < MOST_BYTES;
  }

  add(clientId: string, { payload }: Stored): void {
    const queue = this.#clients.get(clientId) ?? { messages: 0, bytes: 0 };
    const bytes = payload?.length ?? 0;
    queue.messages += 1;
    queue.bytes += bytes;
    this.#bytes += bytes;
    this.#clients.set(clientId, queue);
  }

  remove(clientId: string, { payload }: Stored): void {
    const queue = this.#clients.get(clientId);
    if (queue === undefined) return;
    queue.messages -= 1;
    const bytes = queue.messages === 0 ? queue.bytes : (payload?.length ?? 0);
    queue.bytes -= bytes;
    this.#bytes -= bytes;
    if (queue.messages === 0) this.#clients.delete(clientId);
  }
}

class Retained {
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  /** An empty message takes away what was retained. */
  takes({ topic, payload }: Stored): boolean {
    const size = payload?.length ?? 0;
    const before = this.#sizes.get(topic);
    const bytes = this.#bytes - (before ?? 0) + size;
    if (size > 0 && (bytes > MOST_BYTES || (before === undefined && this.#sizes.size >= MOST_RETAINED))) return false;
    this.#bytes = bytes;
    if (size === 0) this.#sizes.delete(topic);
    else this.#sizes.set(topic, size);
    return true;
  }
}
