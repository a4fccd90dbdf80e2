/** A broker on loopback that can go away, come back, forget, and that knows what the daemon acknowledged. */
export interface Broker {
  readonly url: string;
  /** Version of the protocol that the daemon is to speak with it. */
  readonly version: 4 | 5;
  /** Payloads of which the daemon has sent a PUBACK. */
  readonly acknowledged: Set<string>;
  /** CONNACK refusals still to be given, with "server unavailable". */
  refusals: number;
  up(): Promise<void>;
  /** Cuts every connection and takes no new one; sessions are kept. */
  down(): Promise<void>;
  cut(): void;
  /** No session and no retained message is left. */
  forget(): Promise<void>;
  /** As `forget`; from then on it keeps so many messages for a client that is away and throws away what comes on top. 0: all. */
  limitQueue?(messages: number): Promise<void>;
  /** Resolves when the broker has the message and would deliver it. */
  publish(topic: string, payload: string | Buffer, options?: { readonly retain?: boolean }): Promise<void>;
  close(): Promise<void>;
}
