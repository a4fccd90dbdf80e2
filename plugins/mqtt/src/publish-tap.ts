import { Duplex } from 'node:stream';
import { generate } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { FrameCutter, PUBLISH } from './frame-cutter.ts';
import type { Frame } from './frame-cutter.ts';
import { publishReader } from './incoming.ts';
import type { Incoming, ProtocolVersion } from './incoming.ts';

const CONNACK = 2;
const PUBREL = 6;
const PINGREQ = 12;
const PINGRESP = 13;
const DISCONNECT = 14;
/** Topic, message id and MQTT 5 properties around the payload. */
const ENVELOPE = 70_000;
/** A broker that does not close its side after our DISCONNECT is left after this time. */
const CLOSING_MS = 2000;

/** What a tap tells, in the order in which it passed on the wire. */
export interface TapListener {
  connected(tap: PublishTap, sessionPresent: boolean, code: number): void;
  published(tap: PublishTap, message: Incoming): void;
  /** All that came in one piece was told. */
  paused(tap: PublishTap): void;
  /** The broker forgets a QoS 2 message that we confirmed. */
  released(tap: PublishTap, messageId: number): void;
  pingSent(tap: PublishTap): void;
  pingAnswered(tap: PublishTap): void;
  /** MQTT 5: the broker says why it closes the connection. */
  dismissed(tap: PublishTap, reason: number): void;
  closed(tap: PublishTap, error: Error | undefined): void;
}

/**
 * Sits between the socket and mqtt.js and takes the messages out of the stream: mqtt.js keeps the connection, the
 * subscriptions and the pings, and never sees a PUBLISH. So each message can be acknowledged when it is stored, and not
 * when a library thinks it is handled. All other packets pass unchanged, in both directions packet by packet.
 */
export class PublishTap extends Duplex {
  readonly version: ProtocolVersion;
  readonly #socket: Duplex;
  readonly #listener: TapListener;
  readonly #incoming: FrameCutter;
  readonly #outgoing = new FrameCutter(Number.POSITIVE_INFINITY);
  readonly #read;
  #answers: Buffer[] = [];
  #closing: NodeJS.Timeout | undefined;

  constructor(socket: Duplex, version: ProtocolVersion, maxPayload: number, listener: TapListener) {
    super({ emitClose: true });
    this.version = version;
    this.#socket = socket;
    this.#listener = listener;
    this.#incoming = new FrameCutter(maxPayload + ENVELOPE);
    this.#read = publishReader(version);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** Sends an acknowledgement; those of one turn of the event loop go out in one write. */
  answer(packet: Packet): void {
    if (this.destroyed) return;
    if (this.#answers.length === 0) setImmediate(() => this.flushAnswers());
    this.#answers.push(generate(packet, { protocolVersion: this.version }));
  }

  /** Acknowledgements as bytes, in the same write. */
  answerAll(packets: Buffer): void {
    if (this.destroyed) return;
    if (this.#answers.length === 0) setImmediate(() => this.flushAnswers());
    this.#answers.push(packets);
  }

  flushAnswers(): void {
    const answers = this.#answers;
    this.#answers = [];
    if (answers.length > 0 && !this.destroyed && this.#socket.writable) this.#socket.write(Buffer.concat(answers));
  }

  /** Reads nothing more until `proceed`; the broker then waits by TCP's own means. */
  hold(): void {
    this.#socket.pause();
  }

  proceed(): void {
    this.#socket.resume();
  }

  override _read(): void {
    // Frames are pushed as they come: what is left of the stream without messages is small.
  }

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // mqtt.js writes a packet in pieces; an acknowledgement must not come between them.
    const packets: Buffer[] = [];
    this.#outgoing.push(
      typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk,
      ({ type, bytes, start, end }) => {
        if (type === PINGREQ) this.#listener.pingSent(this);
        packets.push(bytes.subarray(start, end));
      },
    );
    if (packets.length === 0) done();
    else this.#socket.write(Buffer.concat(packets), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.flushAnswers();
    this.#socket.end();
    this.#closing = setTimeout(() => this.destroy(), CLOSING_MS);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#closing);
    this.#socket.destroy();
    this.#listener.closed(this, error ?? undefined);
    done(error);
  }

  #take(chunk: Buffer): void {
    try {
      this.#incoming.push(chunk, (frame) => this.#taken(frame));
    } catch (error) {
      this.destroy(error as Error);
    }
    this.#listener.paused(this);
  }

  #taken(frame: Frame): void {
    if (this.destroyed) return;
    const { type, bytes, start, bodyAt, end } = frame;
    if (type === PUBLISH) this.#listener.published(this, this.#read(frame));
    else if (type === PUBREL) this.#listener.released(this, bytes.readUInt16BE(bodyAt));
    else {
      if (type === CONNACK)
        this.#listener.connected(this, (bytes.readUInt8(bodyAt) & 1) === 1, bytes.readUInt8(bodyAt + 1));
      if (type === PINGRESP) this.#listener.pingAnswered(this);
      if (type === DISCONNECT) this.#listener.dismissed(this, end > bodyAt ? (bytes[bodyAt] ?? 0) : 0);
      this.push(Buffer.from(bytes.subarray(start, end)));
    }
  }
}
