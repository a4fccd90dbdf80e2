import type { CapturedMessage, Clock } from '@dayfold/sdk';
import type { Incoming } from './incoming.ts';
import type { MqttOptions } from './options.ts';
import { watch } from './watching.ts';

/** With as many messages or bytes not yet recorded the socket is not read. */
const MOST_WAITING = 1000;
const MOST_BYTES = 16 * 1024 * 1024;
/** A byte order mark belongs to the payload. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Hands every message to `record`, one after the other; those above `max_payload` give no readings and are left out. */
export async function capture(
  options: MqttOptions,
  clock: Clock,
  signal: AbortSignal,
  record: (message: CapturedMessage) => Promise<void> | void,
): Promise<void> {
  const failed = new AbortController();
  let recorded = Promise.resolve();
  let waiting = 0;
  let bytes = 0;
  await watch(options, AbortSignal.any([signal, failed.signal]), {
    name: 'capture',
    message(tap, message) {
      if (message.tooLarge !== undefined) return;
      const captured = capturedOf(message, clock.now());
      waiting += 1;
      bytes += message.size;
      if (waiting >= MOST_WAITING || bytes >= MOST_BYTES) tap.hold();
      recorded = recorded.then(async () => {
        await record(captured);
        waiting -= 1;
        bytes -= message.size;
        if (waiting === 0) tap.proceed();
      });
      recorded.catch((error: unknown) => failed.abort(error));
    },
  });
  await recorded;
}

export function capturedOf(
  { topic, payload, retain }: Pick<Incoming, 'topic' | 'payload' | 'retain'>,
  time: number,
): CapturedMessage {
  const message = { time, topic, ...(retain ? { retained: true } : {}) };
  try {
    return { ...message, payload: decoder.decode(payload) };
  } catch {
    return { ...message, base64: payload.toString('base64') };
  }
}

/** The bytes that came. */
export function payloadOf({ payload, base64 }: CapturedMessage): Buffer {
  return base64 === undefined ? Buffer.from(payload) : Buffer.from(base64, 'base64');
}
