import { MqttClient } from 'mqtt';
import type { IClientOptions } from 'mqtt';
import { writeToStream } from 'mqtt-packet';
import type { ProtocolVersion } from './incoming.ts';
import { PublishTap } from './publish-tap.ts';
import type { TapListener } from './publish-tap.ts';
import { openSocket } from './transport.ts';
import type { Address, TlsFiles } from './transport.ts';

const CONNACK_MS = 20_000;
/** mqtt-packet would make a buffer for each of 65,536 numbers beforehand: 18 MB, and no faster than making what is sent. */
writeToStream.cacheNumbers = false;

/** Never: the timer of the library is set before each try. */
const SOME_MS = 1000;

export interface ConnectionOptions {
  readonly address: Address;
  readonly tls: TlsFiles;
  readonly clientId: string;
  readonly version: ProtocolVersion;
  readonly clean: boolean;
  readonly keepaliveSeconds: number;
  readonly maxPayload: number;
  readonly receiveMaximum: number;
  readonly sessionExpirySeconds: number;
  readonly will: string | undefined;
}

export interface Connection {
  readonly client: MqttClient;
  /** The tap of the latest attempt. */
  readonly tap: () => PublishTap | undefined;
  /** How long to wait after the attempt in hand has failed or its connection is lost. */
  retryAfter(ms: number): void;
  /** Of the attempts that follow. */
  speak(version: ProtocolVersion): void;
}

/** An mqtt.js client whose messages go to `listener`; it connects again until it is ended. */
export function openConnection(options: ConnectionOptions, listener: TapListener): Connection {
  const { address, tls, clientId, clean, keepaliveSeconds, maxPayload, will } = options;
  let tap: PublishTap | undefined;
  const clientOptions: IClientOptions = {
    clientId,
    clean,
    keepalive: keepaliveSeconds,
    connectTimeout: CONNACK_MS,
    reconnectPeriod: SOME_MS,
    // A broker that is still starting refuses; without this mqtt.js would never try again.
    reconnectOnConnackError: true,
    // Subscriptions are ours to make: only a new session needs them.
    resubscribe: false,
    queueQoSZero: false,
    ...(address.user === undefined ? {} : { username: address.user }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(will === undefined
      ? {}
      : { will: { topic: will, payload: Buffer.from('offline'), qos: 1 as const, retain: true } }),
  };
  const speak = (version: ProtocolVersion): void => {
    clientOptions.protocolVersion = version;
    if (version === 5)
      clientOptions.properties = {
        sessionExpiryInterval: clean ? 0 : options.sessionExpirySeconds,
        receiveMaximum: options.receiveMaximum,
      };
    else delete clientOptions.properties;
  };
  speak(options.version);
  const client = new MqttClient((self) => {
    const version = self.options.protocolVersion === 5 ? 5 : 4;
    tap = new PublishTap(openSocket(address, tls, self), version, maxPayload, listener);
    return tap as unknown as ReturnType<ConstructorParameters<typeof MqttClient>[0]>;
  }, clientOptions);
  // What went wrong is told by the tap, with the socket's own error.
  client.on('error', () => undefined);
  return {
    client,
    tap: () => tap,
    retryAfter: (ms) => {
      client.options.reconnectPeriod = Math.max(1, Math.round(ms));
    },
    speak,
  };
}
