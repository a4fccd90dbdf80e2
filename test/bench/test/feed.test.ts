import { expect, test } from 'vitest';
import { packetCutter } from '../src/feed/cut-packets.ts';
import { publishOf, RING, ringOf } from '../src/feed/packets.ts';

test('packets are cut wherever the chunks end', () => {
  const ring = ringOf({ topics: 3, qos: 1, version: 5 });
  const bytes = ring.bytes.subarray(0, ring.length * 4);
  for (let chunk = 1; chunk <= bytes.length; chunk += 7) {
    const packets: Buffer[] = [];
    const push = packetCutter((packet) => packets.push(Buffer.from(packet)));
    for (let at = 0; at < bytes.length; at += chunk) push(bytes.subarray(at, at + chunk));
    expect(packets).toEqual([0, 1, 2, 3].map((index) => publishOf(index, { topics: 3, qos: 1, version: 5 })));
  }
});

test('a ring holds each message id once, in packets of one length with a payload of 60 bytes', () => {
  const { bytes, length } = ringOf({ topics: 10_000, qos: 1, version: 4 });
  expect(bytes.length).toBe(length * RING);
  const topicLength = bytes.readUInt16BE(2);
  const ids = Array.from({ length: RING }, (_, index) => bytes.readUInt16BE(index * length + 4 + topicLength));
  expect(ids).toEqual(Array.from({ length: RING }, (_, index) => index + 1));
  expect(length - 6 - topicLength).toBe(60);
});
