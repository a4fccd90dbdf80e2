import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSecondsOf, memoryOf } from '../subject.ts';
import { lengthAt, packetCutter } from './cut-packets.ts';
import { publishOf, RING, ringOf } from './packets.ts';
import type { Ring } from './packets.ts';

/** What the feed is started with, as JSON in its first argument. */
export interface FeedOptions {
  readonly qos: 0 | 1 | 2;
  readonly topics: number;
  /** Unacknowledged messages at the most; the client's receive maximum holds besides. */
  readonly window: number;
  readonly warmMs: number;
  readonly measureMs: number;
}

export interface FeedResult {
  readonly sent: number;
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly peakMb: number;
  /** Milliseconds from sent to acknowledged of messages picked out by time; none at QoS 0. */
  readonly latencyMs: readonly number[];
}

/** At once on the wire: as a broker's socket would hand over. */
const CHUNK = 512;
/** Message ids above the ring's are not there, so markers take low ones while no other message is unacknowledged at QoS 0. */
const MARKER = 1;

const options = JSON.parse(process.argv[2] ?? '') as FeedOptions;

/** Plays a broker towards one client: accepts, grants, and sends packets made before as fast as they are taken. */
class Feed {
  readonly #socket: Socket;
  readonly #onSubscribed: () => void;
  #version: 4 | 5 = 4;
  #window = options.window;
  #ring: Ring | undefined;
  #markerDone: (() => void) | undefined;
  #probe: { readonly at: number; readonly sent: number } | undefined;
  #isBlocked = false;
  isFlowing = false;
  sent = 0;
  done = 0;
  readonly latencies: number[] = [];

  constructor(socket: Socket, onSubscribed: () => void) {
    this.#socket = socket;
    this.#onSubscribed = onSubscribed;
    socket.setNoDelay(true);
    socket.on(
      'data',
      packetCutter((bytes, bodyAt) => this.#take(bytes, bodyAt)),
    );
    socket.on('data', () => this.flow());
    socket.on('drain', () => {
      this.#isBlocked = false;
      this.flow();
    });
    socket.on('error', () => undefined);
  }

  flow(): void {
    const { qos } = options;
    const ring = this.#ring;
    if (ring === undefined) return;
    while (this.isFlowing && !this.#isBlocked) {
      const room = qos === 0 ? CHUNK : Math.min(CHUNK, this.#window - (this.sent - this.done));
      if (room <= 0) return;
      const from = this.sent % RING;
      const count = Math.min(room, RING - from);
      this.#isBlocked = !this.#socket.write(ring.bytes.subarray(from * ring.length, (from + count) * ring.length));
      this.sent += count;
      if (this.#probe === undefined) this.#probe = { at: performance.now(), sent: this.sent };
    }
  }

  /** Resolves once a message sent now, and so all before it, is acknowledged. */
  async settled(): Promise<number> {
    if (options.qos !== 0) return this.done;
    const at = this.sent;
    const acknowledged = new Promise<void>((resolve) => (this.#markerDone = resolve));
    this.#socket.write(publishOf(MARKER - 1, { topics: options.topics, qos: 1, version: this.#version }));
    this.sent += 1;
    await acknowledged;
    return at + 1;
  }

  end(): void {
    this.#socket.end();
  }

  #take(bytes: Buffer, bodyAt: number): void {
    switch ((bytes[0] as number) >> 4) {
      case 1:
        this.#accept(bytes, bodyAt);
        break;
      case 4:
      case 7:
        this.#acknowledged();
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

  #acknowledged(): void {
    if (options.qos === 0) {
      this.#markerDone?.();
      return;
    }
    this.done += 1;
    if (this.#probe === undefined || this.done < this.#probe.sent) return;
    this.latencies.push(performance.now() - this.#probe.at);
    this.#probe = undefined;
  }

  #accept(bytes: Buffer, bodyAt: number): void {
    this.#version = bytes[bodyAt + 6] === 5 ? 5 : 4;
    if (this.#version === 5) this.#window = Math.min(this.#window, receiveMaximumOf(bytes, bodyAt + 10));
    this.#socket.write(Buffer.from(this.#version === 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]));
    this.#ring = ringOf({ topics: options.topics, qos: options.qos, version: this.#version });
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
      granted.push(options.qos);
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

async function main(): Promise<void> {
  const subscribed = Promise.withResolvers<Feed>();
  let feed: Feed | undefined;
  const server = createServer((socket) => {
    const one = new Feed(socket, () => {
      feed ??= one;
      subscribed.resolve(one);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  const go = new Promise<number>((resolve) =>
    process.once('message', (message) => resolve((message as { pid: number }).pid)),
  );
  const client = await subscribed.promise;
  process.send?.({ subscribed: true });
  const pid = await go;
  client.isFlowing = true;
  client.flow();
  await sleep(options.warmMs);
  const fromDone = await client.settled();
  const from = { at: performance.now(), cpu: cpuSecondsOf(pid), latencies: client.latencies.length };
  await sleep(options.measureMs);
  const toDone = await client.settled();
  const to = { at: performance.now(), cpu: cpuSecondsOf(pid) };
  const { peakMb } = memoryOf(pid);
  client.isFlowing = false;
  await client.settled();
  while (options.qos !== 0 && client.done < client.sent) await sleep(20);
  const count = toDone - fromDone;
  const result: FeedResult = {
    sent: client.sent,
    perSecond: (count * 1000) / (to.at - from.at),
    cpuUs: ((to.cpu - from.cpu) * 1e6) / count,
    peakMb,
    latencyMs: client.latencies.slice(from.latencies),
  };
  process.send?.(result);
  await new Promise((resolve) => process.once('disconnect', resolve));
  client.end();
  process.exit(0);
}

await main();
