import { generate, parser } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

/** What the feed is started with, as JSON in its first argument. */
export interface FeedOptions {
  readonly messages: number;
  /** At the most; less where the client takes less. */
  readonly perSecond: number;
  /** Of so many messages one is of the topic `plain`; all others have a topic that no other has. */
  readonly plainEvery: number;
}

/** Told over IPC when everything is acknowledged. */
export interface FeedResult {
  readonly sent: number;
  /** Of the topic `plain`. */
  readonly plain: number;
  readonly seconds: number;
}

/** Written at once. */
const CHUNK = 500;
const MOST_UNACKNOWLEDGED = 20_000;
const MOST_IDS = 65_535;
/** Numbers all have as many digits: with this one in front a payload is JSON. */
const FIRST_NUMBER = 100_000_000;
const PACE_MS = 5;

const { messages, perSecond, plainEvery } = JSON.parse(process.argv[2] ?? '') as FeedOptions;

/** Plays a broker towards one client and sends messages of QoS 1 as fast as they are taken. */
class Feed {
  readonly #socket: Socket;
  #version: 4 | 5 = 4;
  #window = MOST_UNACKNOWLEDGED;
  #isBlocked = false;
  #goal = 0;
  #plain = 0;
  sent = 0;
  done = 0;

  constructor(socket: Socket, onSubscribed: (feed: Feed) => void) {
    this.#socket = socket;
    const incoming = parser();
    incoming.on('packet', (packet) => this.#take(packet, () => onSubscribed(this)));
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      incoming.parse(bytes);
      this.#write();
    });
    socket.on('drain', () => {
      this.#isBlocked = false;
      this.#write();
    });
    socket.on('error', () => undefined);
  }

  async flow(): Promise<FeedResult> {
    const from = performance.now();
    const seconds = (): number => (performance.now() - from) / 1000;
    while (this.done < messages) {
      this.#goal = Math.min(messages, Math.floor(seconds() * perSecond));
      this.#write();
      await pause(PACE_MS);
    }
    return { sent: this.sent, plain: this.#plain, seconds: seconds() };
  }

  #take(packet: Packet, onSubscribed: () => void): void {
    switch (packet.cmd) {
      case 'connect':
        this.#version = packet.protocolVersion === 5 ? 5 : 4;
        this.#window = Math.min(MOST_UNACKNOWLEDGED, packet.properties?.receiveMaximum ?? MOST_UNACKNOWLEDGED);
        this.#answer({ cmd: 'connack', sessionPresent: false, returnCode: 0, reasonCode: 0 });
        return;
      case 'subscribe': {
        const granted = packet.subscriptions.map(() => 1);
        this.#answer({ cmd: 'suback', messageId: packet.messageId ?? 0, granted } as Packet);
        onSubscribed();
        return;
      }
      case 'puback':
        this.done += 1;
        return;
      case 'pingreq':
        this.#answer({ cmd: 'pingresp' });
        return;
      default:
    }
  }

  #answer(packet: Packet): void {
    this.#socket.write(generate(packet, { protocolVersion: this.#version }));
  }

  #write(): void {
    while (!this.#isBlocked) {
      const room = Math.min(CHUNK, this.#window - (this.sent - this.done), this.#goal - this.sent);
      if (room <= 0) return;
      this.#isBlocked = !this.#socket.write(Buffer.concat(Array.from({ length: room }, () => this.#next())));
    }
  }

  #next(): Buffer {
    const number = String(FIRST_NUMBER + this.sent);
    const isPlain = this.sent % plainEvery === 0;
    if (isPlain) this.#plain += 1;
    const topic = isPlain ? 'plain' : `storm/${number}`;
    const payload = `{"v":${number}}`;
    const id = (this.sent % MOST_IDS) + 1;
    this.sent += 1;
    const properties = this.#version === 5 ? 1 : 0;
    const length = 2 + topic.length + 2 + properties + payload.length;
    const packet = Buffer.alloc(2 + length);
    packet[0] = 0x32;
    // Below 128.
    packet[1] = length;
    packet.writeUInt16BE(topic.length, 2);
    packet.write(topic, 4, 'latin1');
    packet.writeUInt16BE(id, 4 + topic.length);
    packet.write(payload, 6 + topic.length + properties, 'latin1');
    return packet;
  }
}

const subscribed = Promise.withResolvers<Feed>();
const server = createServer((socket) => void new Feed(socket, subscribed.resolve));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
const feed = await subscribed.promise;
process.send?.({ subscribed: true });
process.once('message', () => void feed.flow().then((result) => process.send?.(result)));
