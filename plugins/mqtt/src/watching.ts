import { NotReady } from '@dayfold/sdk';
import type { JsonValue, Storage } from '@dayfold/sdk';
import { randomBytes } from 'node:crypto';
import { Copies } from './copies.ts';
import { connectError, isVersionCode } from './connect-error.ts';
import { openConnection } from './connection.ts';
import { filtersOf } from './filters.ts';
import type { Incoming, ProtocolVersion } from './incoming.ts';
import type { MqttOptions } from './options.ts';
import type { PublishTap } from './publish-tap.ts';
import { Subscriptions } from './subscriptions.ts';
import { matched } from './topics.ts';
import { addressOf, nameOf, readTlsFiles } from './transport.ts';
import type { Address, TlsFiles } from './transport.ts';

const RECEIVE_MAXIMUM = 20;

export interface Watcher {
  /** Stands in the client id. */
  readonly name: string;
  /** Everything is subscribed to. */
  subscribed?(): void;
  message(tap: PublishTap, message: Incoming): void;
}

interface Attempt {
  readonly options: MqttOptions;
  readonly address: Address;
  readonly tls: TlsFiles;
  readonly version: ProtocolVersion;
}

/**
 * Shows a watcher what comes in, under a client id of its own and without a session: the running source keeps all of
 * it. Resolves when the signal aborts; rejects when no connection comes about and when it is lost.
 */
export async function watch(options: MqttOptions, signal: AbortSignal, watcher: Watcher): Promise<void> {
  const address = addressOf(options);
  const tls = await readTlsFiles(options.tls);
  const version = options.version ?? (options.broker === undefined ? 5 : 4);
  const outcome = await attempt({ options, address, tls, version }, signal, watcher);
  if (outcome === 'not spoken') await attempt({ options, address, tls, version: 4 }, signal, watcher);
}

function attempt(
  { options, address, tls, version }: Attempt,
  signal: AbortSignal,
  watcher: Watcher,
): Promise<'ended' | 'not spoken'> {
  if (signal.aborted) return Promise.resolve('ended');
  const { promise, resolve, reject } = Promise.withResolvers<'ended' | 'not spoken'>();
  // QoS 0 suffices: what is watched is not a reading.
  const filters = new Map([...filtersOf(options).keys()].map((filter) => [filter, 0 as const]));
  const copies = new Copies();
  const subscriptions = new Subscriptions(forgetful(), filters, '', copies);
  let code: number | undefined;
  let isOver = false;
  const { client } = openConnection(
    {
      address,
      tls,
      clientId: `dayfold-${watcher.name}-${randomBytes(4).toString('hex')}`,
      version,
      clean: true,
      keepaliveSeconds: 60,
      maxPayload: options.max_payload,
      receiveMaximum: RECEIVE_MAXIMUM,
      sessionExpirySeconds: 0,
      will: undefined,
    },
    {
      connected(_tap, _present, given) {
        code = given;
      },
      published(tap, message) {
        if (message.messageId !== undefined) tap.answer({ cmd: 'puback', messageId: message.messageId });
        const isWanted = [...filters.keys()].some((filter) => matched(filter, message.topic) !== undefined);
        // All subscriptions are new: of what is retained they have copies too.
        if (!isOver && isWanted && !copies.isSurplus(message)) watcher.message(tap, message);
      },
      paused: () => undefined,
      released: () => undefined,
      pingSent: () => undefined,
      pingAnswered: () => undefined,
      dismissed: () => undefined,
      closed(_tap, error) {
        const mayFallBack = options.version === undefined && version === 5;
        // Some brokers say that they do not speak MQTT 5, others just close.
        const isSpoken = code === undefined ? error !== undefined : !isVersionCode(code);
        if (mayFallBack && !isSpoken) resolve('not spoken');
        else if (code === 0) reject(new NotReady(`the connection to ${nameOf(address)} is lost`, { cause: error }));
        else reject(connectError(address, code, error));
        leave();
      },
    },
  );
  const leave = (): void => {
    if (isOver) return;
    isOver = true;
    signal.removeEventListener('abort', ended);
    client.end(true);
  };
  const ended = (): void => {
    resolve('ended');
    leave();
  };
  signal.addEventListener('abort', ended, { once: true });
  client.on('connect', (connack) => {
    subscriptions.bring(client, connack).then(
      (refused) => {
        if (refused.length > 0 && refused.length === filters.size) {
          reject(new NotReady(`broker at ${nameOf(address)} refuses the subscription to ${refused.join(', ')}`));
          leave();
        } else watcher.subscribed?.();
      },
      // The connection broke: `closed` says why.
      () => undefined,
    );
  });
  return promise;
}

/** A watcher leaves nothing behind. */
function forgetful(): Storage {
  const kept = new Map<string, JsonValue>();
  return {
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, value) => Promise.resolve(void kept.set(key, value)),
    delete: (key) => Promise.resolve(void kept.delete(key)),
    keys: () => Promise.resolve([...kept.keys()]),
  };
}
