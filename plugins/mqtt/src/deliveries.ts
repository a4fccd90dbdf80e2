import type { Readings } from '@dayfold/sdk';
import type { Incoming, ProtocolVersion } from './incoming.ts';
import type { MessageIntake } from './message-intake.ts';
import { Portion } from './portion.ts';
import type { PublishTap } from './publish-tap.ts';
import type { Redeliveries } from './redeliveries.ts';

/** mosquitto hands out 20 unacknowledged messages on MQTT 3.1.1 unless told otherwise; a commit must come before that. */
export const LEAST_WINDOW = 16;
export const RECEIVE_MAXIMUM = 2000;
/** Of the unacknowledged messages a broker allows, this share starts a commit: some acks are on their way. */
const WINDOW_SHARE = 0.5;
/** Above these the socket is not read; QoS 0 knows no other limit. */
const MOST_WAITING = 4000;
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Stores messages and acknowledges them then, many at a time.
 *
 * QoS 1: stored, PUBACK. QoS 2: stored, PUBREC; the broker's PUBREL is answered by PUBCOMP. What came in one piece from
 * the socket is stored in one piece, but for QoS 2 and what takes time to read. A message stored on one connection is never
 * acknowledged on another: the broker delivers it again there, and it is recognised. The window of the group commit follows
 * what this broker allows in flight, so that it hardly ever waits for an acknowledgement that waits for a message that it
 * holds back.
 */
export class Deliveries {
  readonly #intake: MessageIntake;
  readonly #redeliveries: Redeliveries;
  readonly #readings: Readings;
  readonly #onTrouble: (tap: PublishTap, error: unknown) => void;
  #portion: Portion | undefined;
  /** On their way to the disk. */
  readonly #portions = new Set<Portion>();
  /** Not yet stored, by receipt: single messages, and those of portions whose connection is gone. */
  readonly #storing = new Map<number, { readonly done: Promise<void>; join(): void }>();
  /** QoS 2: stored and confirmed by PUBREC, until PUBREL; message id to receipt. */
  readonly #confirmed = new Map<number, number>();
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
  connected(sessionPresent: boolean, version: ProtocolVersion): void {
    if (!sessionPresent) this.#confirmed.clear();
    this.#redeliveries.connected(sessionPresent);
    if (sessionPresent) this.#expectAgain();
    this.#unacknowledged = 0;
    // On MQTT 5 the broker goes by what we asked for.
    this.#setWindow(version === 5 ? Math.floor(RECEIVE_MAXIMUM * WINDOW_SHARE) : LEAST_WINDOW);
  }

  /** `flush` follows when the piece from the socket is over. */
  deliver(tap: PublishTap, message: Incoming): void {
    // What comes after the end was asked for stays with the broker.
    if (this.#isClosed) return;
    const { qos, messageId, receipt } = message;
    // By the receipt: aedes may give an id that waits for PUBREL to another message, which must not be lost for that.
    if (qos === 2 && messageId !== undefined && this.#confirmed.get(messageId) === receipt) {
      tap.answer({ cmd: 'pubrec', messageId });
      return;
    }
    if (qos > 0) this.#learn(1);
    if (qos === 2 || (qos === 1 && this.#mayComeAgain)) {
      this.#deliverAlone(tap, message, () => this.#storedOnce(tap, message));
      return;
    }
    const taken = this.#intake.take(message);
    if (taken instanceof Promise) {
      this.#deliverAlone(tap, message, () => this.#storedAlone(tap, message, taken));
      return;
    }
    this.#portion ??= new Portion(tap);
    this.#portion.add(message, taken);
  }

  /** Hands over what has gathered; the next messages wait for the next piece. */
  flush(tap: PublishTap): void {
    const portion = this.#portion;
    if (portion === undefined) return;
    this.#portion = undefined;
    this.#portions.add(portion);
    this.#count(tap, portion.messages, portion.bytes);
    portion.stored = portion.readings.length === 0 ? Promise.resolve() : this.#readings.emit(portion.readings);
    portion.stored
      .then(
        () => this.#acknowledgeAll(portion),
        (error: unknown) => this.#onTrouble(tap, error),
      )
      .finally(() => {
        this.#portions.delete(portion);
        this.#count(tap, -portion.messages, -portion.bytes);
      })
      .catch((error: unknown) => this.#onTrouble(tap, error));
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

  get #mayComeAgain(): boolean {
    return this.#storing.size > 0 || this.#redeliveries.isExpecting;
  }

  #deliverAlone(tap: PublishTap, message: Incoming, store: () => Promise<void>): void {
    // What came before it is handed over before it.
    this.flush(tap);
    this.#count(tap, 1, message.size);
    store()
      .catch((error: unknown) => this.#onTrouble(tap, error))
      .finally(() => this.#count(tap, -1, -message.size));
  }

  /** What was stored before, or is being stored, is only acknowledged. */
  #storedOnce(tap: PublishTap, message: Incoming): Promise<void> {
    const { receipt } = message;
    const storing = this.#storing.get(receipt);
    if (storing !== undefined) {
      // Delivered again while the first delivery, of a connection that is gone, is still on its way to the disk.
      storing.join();
      return storing.done.then(() => this.#acknowledge(tap, message));
    }
    if (this.#redeliveries.isKnown(receipt)) return Promise.resolve().then(() => this.#acknowledge(tap, message));
    const taken = this.#intake.take(message);
    if (taken instanceof Promise) return this.#storedAlone(tap, message, taken);
    return this.#storedAlone(tap, message, taken.length === 0 ? Promise.resolve() : this.#readings.emit(taken));
  }

  #storedAlone(tap: PublishTap, message: Incoming, done: Promise<void>): Promise<void> {
    if (message.messageId === undefined) return done;
    const { receipt } = message;
    let isJoined = false;
    this.#storing.set(receipt, { done, join: () => (isJoined = true) });
    return done
      .finally(() => this.#storing.delete(receipt))
      .then(() => {
        if (!tap.destroyed) this.#acknowledge(tap, message);
        else if (!isJoined) this.#redeliveries.expect([receipt]);
      });
  }

  /** What an earlier connection brought and is not stored yet may be delivered again on this one. */
  #expectAgain(): void {
    for (const portion of this.#portions) {
      for (const receipt of portion.receipts) {
        this.#storing.set(receipt, { done: portion.stored, join: () => portion.joined.add(receipt) });
        portion.stored.finally(() => this.#storing.delete(receipt)).catch(() => undefined);
      }
    }
  }

  #acknowledgeAll(portion: Portion): void {
    const { tap, ids, receipts, joined } = portion;
    if (ids.length === 0) return;
    if (tap.destroyed) {
      this.#redeliveries.expect(receipts.filter((receipt) => !joined.has(receipt)));
      return;
    }
    this.#learn(-ids.length);
    this.#redeliveries.acknowledged(receipts);
    tap.answerAll(portion.acknowledgements());
  }

  #acknowledge(tap: PublishTap, { qos, messageId, receipt }: Incoming): void {
    if (messageId === undefined) return;
    if (tap.destroyed) {
      this.#redeliveries.expect([receipt]);
      return;
    }
    this.#learn(-1);
    if (qos === 2) this.#confirmed.set(messageId, receipt);
    else this.#redeliveries.acknowledged([receipt]);
    tap.answer({ cmd: qos === 2 ? 'pubrec' : 'puback', messageId });
  }

  #count(tap: PublishTap, messages: number, bytes: number): void {
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

  #learn(change: number): void {
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
