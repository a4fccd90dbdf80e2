import type { Reading } from '@dayfold/sdk';
import type { Incoming } from './incoming.ts';
import type { PublishTap } from './publish-tap.ts';

/** Messages that came in one piece from one connection, to be stored together and acknowledged together. */
export class Portion {
  readonly tap: PublishTap;
  readonly readings: Reading[] = [];
  /** Of QoS 1, to be acknowledged; with the receipt of each. */
  readonly ids: number[] = [];
  readonly receipts: number[] = [];
  messages = 0;
  bytes = 0;
  /** Resolves once it is stored. */
  stored: Promise<void> = Promise.resolve();
  /** Receipts of messages that came again, on a later connection, before they were stored. */
  readonly joined = new Set<number>();

  constructor(tap: PublishTap) {
    this.tap = tap;
  }

  add(message: Incoming, readings: readonly Reading[]): void {
    for (const reading of readings) this.readings.push(reading);
    this.messages += 1;
    this.bytes += message.size;
    if (message.messageId === undefined) return;
    this.ids.push(message.messageId);
    this.receipts.push(readings[0]?.receipt ?? message.receipt);
  }

  /** PUBACK for each: MQTT 3.1.1 section 3.4; on MQTT 5 the same four bytes mean success. */
  acknowledgements(): Buffer {
    const bytes = Buffer.allocUnsafe(this.ids.length * 4);
    let at = 0;
    for (const id of this.ids) {
      bytes[at] = 0x40;
      bytes[at + 1] = 2;
      bytes[at + 2] = id >> 8;
      bytes[at + 3] = id & 255;
      at += 4;
    }
    return bytes;
  }
}
