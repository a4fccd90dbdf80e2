import { connectAsync } from 'mqtt';
import type { HomeMessage } from './day-of-home.ts';

/** Publishes that may wait for their acknowledgement at once: a broker that acknowledges late would else set the pace. */
const IN_FLIGHT = 64;

export interface HomeOptions {
  /** Address of the broker. */
  readonly url: string;
  /** How much faster than real time the gaps between messages pass; Infinity sends as fast as the broker takes them. */
  readonly speed: number;
  readonly signal?: AbortSignal;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Called once the broker has acknowledged the message. */
  readonly onMessage?: (message: HomeMessage) => void;
}

/** Publishes messages at QoS 1 in their order; resolves when the broker has acknowledged the last. Returns how many. */
export async function playHome(
  messages: Iterable<HomeMessage>,
  { url, speed, signal, sleep, onMessage }: HomeOptions,
): Promise<number> {
  const client = await connectAsync(url, { clientId: 'dayfold-home' });
  const waiting = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let count = 0;
  let last: number | undefined;
  try {
    for (const message of messages) {
      const gapMs = last === undefined ? 0 : (message.time - last) / speed;
      last = message.time;
      if (gapMs >= 1) await sleep(gapMs, signal);
      if (signal?.aborted === true || failures.length > 0) break;
      const acknowledged: Promise<void> = client
        .publishAsync(message.topic, message.payload, { qos: 1, retain: message.retain ?? false })
        .then(() => {
          count += 1;
          onMessage?.(message);
        })
        .catch((error: unknown) => void failures.push(error))
        .finally(() => waiting.delete(acknowledged));
      waiting.add(acknowledged);
      if (waiting.size >= IN_FLIGHT) await Promise.race(waiting);
    }
    await Promise.all(waiting);
    if (failures.length > 0) throw failures[0];
    return count;
  } finally {
    await client.endAsync();
  }
}
