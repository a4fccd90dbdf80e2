import type { Readings } from '@dayfold/sdk';
import type { Incoming } from './incoming.ts';
import type { MessageIntake } from './message-intake.ts';
import type { PublishTap } from './publish-tap.ts';
import { receiptOf } from './redeliveries.ts';
import type { Redeliveries } from './redeliveries.ts';

/** mosquitto hands out 20 unacknowledged messages unless told otherwise; a commit must come before that. */
export const LEAST_WINDOW = 16;
export const RECEIVE_MAXIMUM = 1000;
/** Of the unacknowledged messages a broker was seen to allow, this share starts a commit: some acks are on their way. */
const WINDOW_SHARE = 0.8;
/** Above these the socket is not read; QoS 0 knows no other limit. */
const MOST_WAITING = 2000;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Stores each message and acknowledges it then, many at a time.
 *
 * QoS 1: stored, PUBACK. QoS 2: stored, PUBREC; the broker's PUBREL is answered by PUBCOMP. A message stored on one
 * connection is never acknowledged on another: the broker delivers it again there, and it is recognised. The window of
 * the group commit follows what this broker allows in flight, so that it never waits for an acknowledgement that waits
 * for a message that it holds back.
 */
export class Deliveries {
  readonly #intake: MessageIntake;
  readonly #redeliveries: Redeliveries;
  readonly #readings: Readings;
  readonly #onTrouble: (tap: PublishTap, error: unknown) => void;
  /** Not yet stored, by receipt. */
  readonly #storing = new Map<number, { readonly done: Promise<void>; isJoined: boolean }>();
  /** QoS 2: stored and confirmed by PUBREC, until PUBREL. */
  readonly #confirmed = new Set<number>();
  #waiting = 0;
  #bytes = 0;
  #held: PublishTap | undefined;
  #unacknowledged = 0;
  #window = 0;
  #idle: (() => void)[] = [];
  #isClosed = false;

  constructor(
    intake: MessageIntake,
    redeliveries: Redeliveries,
    readings: Readings,
    onTrouble: (tap: PublishTap, error: unknown) => void,
  ) {
    this.#intake = intake;
    this.#redeliveries = redeliveries;
    this.#readings = readings;
    this.#onTrouble = onTrouble;
  }

  /** On CONNACK, before any message of the new connection. */
  connected(sessionPresent: boolean): void {
    if (!sessionPresent) this.#confirmed.clear();
    this.#redeliveries.connected(sessionPresent);
    this.#unacknowledged = 0;
    this.#setWindow(LEAST_WINDOW);
  }

  deliver(tap: PublishTap, message: Incoming): void {
    // What comes after the end was asked for stays with the broker.
    if (this.#isClosed) return;
    const { qos, messageId, payload } = message;
    if (qos === 2 && messageId !== undefined && this.#confirmed.has(messageId)) {
      tap.answer({ cmd: 'pubrec', messageId });
      return;
    }
    this.#count(tap, 1, payload.length);
    if (qos > 0) this.#learn(1);
    this.#stored(tap, message)
      .catch((error: unknown) => this.#onTrouble(tap, error))
      .finally(() => this.#count(tap, -1, -payload.length));
  }

  released(tap: PublishTap, messageId: number): void {
    this.#confirmed.delete(messageId);
    tap.answer({ cmd: 'pubcomp', messageId });
  }

  /** Takes nothing more; resolves when all that was taken is stored. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#readings.window(1);
    if (this.#waiting > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #stored(tap: PublishTap, message: Incoming): Promise<void> {
    const receipt = receiptOf(message);
    if (receipt === undefined) return this.#intake.take(message, undefined);
    const storing = this.#storing.get(receipt);
    if (storing !== undefined) {
      // Delivered again while the first delivery, of a connection that is gone, is still on its way to the disk.
      storing.isJoined = true;
      return storing.done.then(() => this.#acknowledge(tap, message, receipt));
    }
    if (this.#redeliveries.isKnown(receipt))
      return Promise.resolve().then(() => this.#acknowledge(tap, message, receipt));
    const entry = { done: this.#intake.take(message, receipt), isJoined: false };
    this.#storing.set(receipt, entry);
    return entry.done
      .finally(() => this.#storing.delete(receipt))
      .then(() => {
        if (!tap.destroyed) this.#acknowledge(tap, message, receipt);
        else if (!entry.isJoined) this.#redeliveries.expect([receipt]);
      });
  }

  #acknowledge(tap: PublishTap, { qos, messageId }: Incoming, receipt: number): void {
    if (tap.destroyed || messageId === undefined) {
      this.#redeliveries.expect([receipt]);
      return;
    }
    this.#learn(-1);
    if (qos === 2) this.#confirmed.add(messageId);
    else this.#redeliveries.acknowledged(receipt);
    tap.answer({ cmd: qos === 2 ? 'pubrec' : 'puback', messageId });
  }

  #count(tap: PublishTap, messages: 1 | -1, bytes: number): void {
    this.#waiting += messages;
    this.#bytes += bytes;
    if (this.#waiting >= MOST_WAITING || this.#bytes >= MOST_BYTES) {
      if (this.#held !== tap) tap.hold();
      this.#held = tap;
    } else if (this.#held !== undefined && this.#waiting <= MOST_WAITING / 2 && this.#bytes <= MOST_BYTES / 2) {
      this.#held.proceed();
      this.#held = undefined;
    }
    if (this.#waiting === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #learn(change: 1 | -1): void {
    this.#unacknowledged = Math.max(0, this.#unacknowledged + change);
    const window = Math.min(RECEIVE_MAXIMUM, Math.floor(this.#unacknowledged * WINDOW_SHARE));
    if (window > this.#window) this.#setWindow(window);
  }

  #setWindow(size: number): void {
    if (this.#isClosed || this.#window === size) return;
    this.#window = size;
    this.#readings.window(size);
  }
}
