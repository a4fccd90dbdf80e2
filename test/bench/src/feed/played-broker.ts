import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { lengthAt, packetCutter } from './cut-packets.ts';
import { publishOf, RING, ringOf } from './packets.ts';
import type { Ring } from './packets.ts';

export interface PlayOptions {
  readonly qos: 0 | 1 | 2;
  readonly topics: number;
  /** Unacknowledged messages at the most; the client's receive maximum holds besides. */
  readonly window: number;
  /** As fast as they are taken where left out. */
  readonly perSecond?: number;
}

/** At once on the wire: as a broker's socket would hand over. */
const CHUNK = 512;
/** Message ids above the ring's are not there, so markers take low ones while no other message is unacknowledged at QoS 0. */
const MARKER = 1;
/** How often messages that are due at a pace are looked for: Node.js's timers are no finer. */
const TICK_MS = 1;
const LOOK_MS = 20;

/** A broker towards one client: accepts, grants, and sends packets made before, as fast as they are taken or at a pace. */
export class PlayedBroker {
  readonly #socket: Socket;
  readonly #options: PlayOptions;
  readonly #onSubscribed: () => void;
  #version: 4 | 5 = 4;
  #window: number;
  #ring: Ring | undefined;
  #markerDone: (() => void) | undefined;
  #isBlocked = false;
  /** No message beyond this number is sent. */
  #goal = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When each message was due, by its id; of those sent at a pace. */
  readonly #dueAt = new Float64Array(RING + 1);
  #latencies: number[] = [];
  sent = 0;
  done = 0;

  constructor(socket: Socket, options: PlayOptions, onSubscribed: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#window = options.window;
    this.#onSubscribed = onSubscribed;
    socket.setNoDelay(true);
    socket.on(
      'data',
      packetCutter((bytes, bodyAt) => this.#take(bytes, bodyAt)),
    );
    socket.on('data', () => this.#flow());
    socket.on('drain', () => {
      this.#isBlocked = false;
      this.#flow();
    });
    socket.on('error', () => undefined);
  }

  /** Makes the packets, which takes a moment: not while somebody waits for an answer. */
  prepare(): void {
    const { topics, qos } = this.#options;
    this.#ring = ringOf({ topics, qos, version: this.#version });
  }

  /** Sends so many messages, or until `end`, as it does at a pace. After `prepare`. */
  begin(count = Number.POSITIVE_INFINITY): void {
    const { perSecond } = this.#options;
    if (perSecond === undefined) {
      this.#goal = count;
      this.#flow();
      return;
    }
    const began = performance.now();
    const before = this.#goal;
    this.#timer = setInterval(() => {
      const now = performance.now();
      const due = before + Math.floor(((now - began) * perSecond) / 1000);
      for (; this.#goal < due; this.#goal += 1) this.#dueAt[(this.#goal % RING) + 1] = now;
      this.#flow();
    }, TICK_MS);
  }

  /** Resolves once a message sent now, and so all before it, is acknowledged; at QoS 1 and 2 at once. */
  async settled(): Promise<number> {
    if (this.#options.qos !== 0) return this.done;
    const at = this.sent;
    const acknowledged = new Promise<void>((resolve) => (this.#markerDone = resolve));
    this.#socket.write(publishOf(MARKER - 1, { topics: this.#options.topics, qos: 1, version: this.#version }));
    this.sent += 1;
    await acknowledged;
    return at + 1;
  }

  /** Sends what is due yet and no more; resolves once all that was sent is acknowledged. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#goal === Number.POSITIVE_INFINITY) this.#goal = this.sent;
    while (this.sent < this.#goal || (this.#options.qos !== 0 && this.done < this.sent)) await sleep(LOOK_MS);
    await this.settled();
  }

  /** From when a message was due to its acknowledgement, since they were taken last. */
  takeLatenciesMs(): readonly number[] {
    const latencies = this.#latencies;
    this.#latencies = [];
    return latencies;
  }

  close(): void {
    this.#socket.end();
  }

  #flow(): void {
    const { qos } = this.#options;
    const ring = this.#ring;
    if (ring === undefined) return;
    while (!this.#isBlocked) {
      const window = qos === 0 ? CHUNK : Math.min(CHUNK, this.#window - (this.sent - this.done));
      const room = Math.min(window, this.#goal - this.sent);
      if (room <= 0) return;
      const from = this.sent % RING;
      const count = Math.min(room, RING - from);
      this.#isBlocked = !this.#socket.write(ring.bytes.subarray(from * ring.length, (from + count) * ring.length));
      this.sent += count;
    }
  }

  #take(bytes: Buffer, bodyAt: number): void {
    switch ((bytes[0] as number) >> 4) {
      case 1:
        this.#accept(bytes, bodyAt);
        break;
      case 4:
      case 7:
        this.#acknowledged(bytes.readUInt16BE(bodyAt));
        break;
      case 5:
        this.#socket.write(Buffer.from([0x62, 2, bytes[bodyAt] as number, bytes[bodyAt + 1] as number]));
        break;
      case 8:
        this.#grant(bytes, bodyAt);
        break;
      case 12:
        this.#socket.write(Buffer.from([0xd0, 0]));
        break;
      default:
    }
  }

  #acknowledged(id: number): void {
    if (this.#options.qos === 0) {
      this.#markerDone?.();
      return;
    }
    this.done += 1;
    if (this.#options.perSecond !== undefined) this.#latencies.push(performance.now() - (this.#dueAt[id] as number));
  }

  #accept(bytes: Buffer, bodyAt: number): void {
    this.#version = bytes[bodyAt + 6] === 5 ? 5 : 4;
    if (this.#version === 5) this.#window = Math.min(this.#window, receiveMaximumOf(bytes, bodyAt + 10));
    this.#socket.write(Buffer.from(this.#version === 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]));
  }

  #grant(bytes: Buffer, bodyAt: number): void {
    let at = bodyAt + 2;
    if (this.#version === 5) {
      const { value, end } = lengthAt(bytes, at);
      at = end + value;
    }
    const granted: number[] = [];
    while (at < bytes.length) {
      at += 2 + bytes.readUInt16BE(at) + 1;
      granted.push(this.#options.qos);
    }
    const body = [...bytes.subarray(bodyAt, bodyAt + 2), ...(this.#version === 5 ? [0] : []), ...granted];
    this.#socket.write(Buffer.from([0x90, ...remaining(body.length), ...body]));
    this.#onSubscribed();
  }
}

function remaining(length: number): number[] {
  return length < 128 ? [length] : [(length & 127) | 128, length >> 7];
}

/** Property 0x21 of CONNECT; the only others that clients here send before it are of four bytes. */
function receiveMaximumOf(bytes: Buffer, start: number): number {
  const { value, end } = lengthAt(bytes, start);
  for (let at = end; at < end + value;) {
    if (bytes[at] === 0x21) return bytes.readUInt16BE(at + 1);
    if (bytes[at] !== 0x11 && bytes[at] !== 0x27) break;
    at += 5;
  }
  return RING;
}
