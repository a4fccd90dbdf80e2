import { generate } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { FrameCutter } from '../src/frame-cutter.ts';
import { publishReader } from '../src/incoming.ts';
import type { Incoming, ProtocolVersion } from '../src/incoming.ts';

interface Sent {
  readonly topic?: string;
  readonly payload?: string | Buffer;
  readonly messageId?: number;
  readonly isAgain?: boolean;
}

/** Messages as they are read from one piece of a stream. */
function read(version: ProtocolVersion, ...messages: readonly Sent[]): Incoming[] {
  const reader = publishReader(version);
  const found: Incoming[] = [];
  const packets = messages.map(({ topic = 'a/b', payload = '{"t":1}', messageId = 1, isAgain = false }) =>
    generate(
      { cmd: 'publish', topic, payload, messageId, qos: 1, dup: isAgain, retain: false },
      { protocolVersion: version },
    ),
  );
  new FrameCutter(1 << 20).push(Buffer.concat(packets), (frame) => found.push(reader(frame)));
  return found;
}

test.each([4, 5] as const)('on MQTT %i text is told from other bytes message by message', (version) => {
  const found = read(
    version,
    { messageId: 0xfffe, payload: '{"t":1}' },
    { topic: 'küche/°', payload: '{"t":2}' },
    { payload: '21 °C', messageId: 0x8080 },
    { payload: Buffer.from([0xff, 0xfe]) },
    { payload: '' },
  );

  expect(found.map(({ topic, text, messageId }) => [topic, text, messageId])).toEqual([
    ['a/b', '{"t":1}', 0xfffe],
    ['küche/°', '{"t":2}', 1],
    ['a/b', undefined, 0x8080],
    ['a/b', undefined, 1],
    ['a/b', '', 1],
  ]);
  expect(found.map(({ payload }) => payload.toString('latin1'))).toEqual([
    '{"t":1}',
    '{"t":2}',
    '21 Â°C',
    '\u00ff\u00fe',
    '',
  ]);
});

test.each([4, 5] as const)(
  'on MQTT %i a delivery that comes again has its receipt, any other has another',
  (version) => {
    const [first, again, ...others] = read(
      version,
      {},
      { isAgain: true },
      { payload: '{"t":2}' },
      { payload: '{"t":10}' },
      { topic: 'a/c' },
      { topic: 'a/b{', payload: '"t":1}' },
      { messageId: 2 },
      { payload: '' },
    );

    expect(again?.receipt).toBe(first?.receipt);
    const receipts = [first, ...others].map((one) => one?.receipt);
    expect(new Set(receipts).size).toBe(receipts.length);
    expect(receipts.every(Number.isSafeInteger)).toBe(true);
  },
);
