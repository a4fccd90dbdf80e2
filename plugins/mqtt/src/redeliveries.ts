import { createHash } from 'node:crypto';
import type { IPublishPacket } from 'mqtt-packet';

const REMEMBERED = 1000;

/** What a delivery is recognised by. Message ids are used again, so topic and payload belong to it. */
export function receiptOf({ messageId, topic, payload }: IPublishPacket): string | undefined {
  if (messageId === undefined) return undefined;
  return createHash('sha1').update(`${messageId}\0${topic}\0`).update(payload).digest('base64url').slice(0, 16);
}

/**
 * Deliveries that were stored but whose acknowledgement the broker may not have seen. Each is recognised once: a sensor
 * may well say the same thing again under a message id that is free again.
 */
export class Redeliveries {
  readonly #expected = new Set<string>();
  readonly #recent: string[] = [];

  /** After a start: what the journal says was stored last. After a lost connection: what was stored since. */
  expect(receipts: readonly string[]): void {
    for (const receipt of receipts) this.#expected.add(receipt);
  }

  expectRecent(): void {
    this.expect(this.#recent);
  }

  stored(receipt: string | undefined): void {
    if (receipt === undefined) return;
    this.#recent.push(receipt);
    if (this.#recent.length > REMEMBERED) this.#recent.splice(0, this.#recent.length - REMEMBERED);
  }

  /** A session the broker does not know delivers nothing again. */
  forget(): void {
    this.#expected.clear();
    this.#recent.length = 0;
  }

  isKnown(receipt: string | undefined): boolean {
    return receipt !== undefined && this.#expected.delete(receipt);
  }
}
