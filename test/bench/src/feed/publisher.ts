import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { packetCutter } from './cut-packets.ts';
import { RING, ringOf } from './packets.ts';

/** What the publisher is started with, as JSON in its first argument. */
export interface PublisherOptions {
  readonly port: number;
  readonly qos: 0 | 1 | 2;
  readonly topics: number;
}

/** Asked of it over IPC; it answers with what was sent once the broker has taken all of it. */
export interface Flow {
  readonly ms: number;
  /** As fast as the broker takes them where left out. */
  readonly perSecond?: number;
}

export interface Flowed {
  readonly sent: number;
}

/** Messages that the broker has not taken yet, at the most. Mosquitto closes a connection with more at QoS 2. */
const WINDOW = { 0: 0, 1: 1000, 2: 20 };
const CHUNK = 200;
const CONNECT = [0x10, 21, 0, 4, 77, 81, 84, 84, 4, 2, 0, 0, 0, 9, ...Buffer.from('publisher')];

const { port, qos, topics } = JSON.parse(process.argv[2] ?? '') as PublisherOptions;
const ring = ringOf({ topics, qos, version: 4 });
const socket = connect({ port, host: '127.0.0.1', noDelay: true });
let sent = 0;
let taken = 0;
let isBlocked = false;
let goal = 0;
let onSettled: (() => void) | undefined;

socket.on(
  'data',
  packetCutter((bytes, bodyAt) => {
    const kind = (bytes[0] as number) >> 4;
    if (kind === 2) process.send?.({ connected: true });
    if (kind === 4 || kind === 7) taken += 1;
    if (kind === 5) socket.write(Buffer.from([0x62, 2, bytes[bodyAt] as number, bytes[bodyAt + 1] as number]));
  }),
);
socket.on('data', () => write());
socket.on('drain', () => {
  isBlocked = false;
  write();
});
socket.write(Buffer.from(CONNECT));

process.on('message', (message) => {
  void flow(message as Flow).then((flowed) => process.send?.(flowed));
});
process.on('disconnect', () => process.exit(0));

async function flow({ ms, perSecond }: Flow): Promise<Flowed> {
  const before = sent;
  const began = performance.now();
  if (perSecond === undefined) {
    goal = Number.POSITIVE_INFINITY;
    write();
    await sleep(ms);
    goal = sent;
  } else {
    for (let passed = 0; passed < ms; passed = performance.now() - began) {
      goal = before + Math.floor((passed * perSecond) / 1000);
      write();
      await sleep(1);
    }
    write();
  }
  while (sent < goal || (qos > 0 && taken < sent)) await new Promise<void>((resolve) => (onSettled = resolve));
  if (isBlocked) await once(socket, 'drain');
  return { sent: sent - before };
}

function write(): void {
  while (sent < goal && !isBlocked) {
    const from = sent % RING;
    const room = qos === 0 ? CHUNK : WINDOW[qos] - (sent - taken);
    const count = Math.min(room, CHUNK, goal - sent, RING - from);
    if (count <= 0) break;
    isBlocked = !socket.write(ring.bytes.subarray(from * ring.length, (from + count) * ring.length));
    sent += count;
  }
  onSettled?.();
  onSettled = undefined;
}
