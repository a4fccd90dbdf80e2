import { Store } from 'mqtt';
import type { IPublishPacket } from 'mqtt-packet';

type PutDone = Parameters<Store['put']>[1];

/** mqtt.js's memory of incoming QoS 2 messages, which takes one in (PUBREC) only once it is stored. */
export class StoringInbox extends Store {
  readonly #handle: (packet: IPublishPacket) => Promise<void>;

  constructor(handle: (packet: IPublishPacket) => Promise<void>) {
    super();
    this.#handle = handle;
  }

  override put(packet: Parameters<Store['put']>[0], done: PutDone): this {
    this.#handle(packet as IPublishPacket).then(
      () => super.put(packet, done),
      () => undefined,
    );
    return this;
  }
}
