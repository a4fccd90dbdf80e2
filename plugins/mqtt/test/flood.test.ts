import { until } from '@dayfold/sdk/testing';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { atRest, freePort, openAedes, Running, ScriptedBroker } from './doubles.ts';

const SERIES = { plain: { topic: 'plain' } };
/** A payload of this size, with a number in front. */
const numbered = (number: number, bytes: number): string => `${number} ${'x'.repeat(bytes)}`;
const numbers = (readings: readonly { readonly value?: unknown }[]): number[] =>
  readings.map(({ value }) => Number.parseInt(String(value), 10));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

for (const qos of [0, 1, 2] as const) {
  test(`of QoS ${qos} reading stops at 4,000 waiting messages, and goes on when they are stored`, async () => {
    await using broker = await ScriptedBroker.open();
    await using running = new Running({ url: broker.url, version: 4, qos, series: SERIES });
    await running.start();
    running.readings.hold();
    // More than the buffers of the system hold.
    const count = 8000;
    for (const number of upTo(count)) broker.publish('plain', numbered(number, 3000), qos, number + 1);
    const held = await atRest(() => running.readings.held);
    expect(held).toBeGreaterThanOrEqual(4000);
    // What had come in one piece with the last of them.
    expect(held).toBeLessThan(4100);
    expect(broker.unsent).toBeGreaterThan(0);
    running.readings.release();
    await until(() => running.readings.emitted.length === count);
    expect(numbers(running.readings.emitted)).toEqual(upTo(count));
    if (qos === 1) await until(() => broker.of('puback').length === count);
    if (qos === 2) await until(() => broker.of('pubcomp').length === count);
    expect(running.health.state).toBe('ok');
  });
}

test('reading stops at 16 MB that wait, however few messages they are', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  running.readings.hold();
  for (const number of upTo(400)) broker.publish('plain', numbered(number, 200_000), 1, number + 1);
  const held = await atRest(() => running.readings.held);
  expect(held).toBeGreaterThan(80);
  expect(held).toBeLessThan(90);
  running.readings.release();
  await until(() => broker.of('puback').length === 400);
  expect(numbers(running.readings.emitted)).toEqual(upTo(400));
});

test('a connection that is lost while reading stands still loses nothing and counts nothing twice', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  running.readings.hold();
  for (const number of upTo(5000)) broker.publish('plain', numbered(number, 6000), 1, number + 1);
  await atRest(() => running.readings.held);
  broker.sessionPresent = true;
  broker.kick();
  running.readings.release();
  await until(() => broker.connects.length === 2);
  // No acknowledgement arrived, so everything comes again.
  expect(broker.of('puback')).toEqual([]);
  for (const number of upTo(5000)) broker.publish('plain', numbered(number, 6000), 1, number + 1);
  await until(() => broker.of('puback').length === 5000);
  expect(numbers(running.readings.emitted)).toEqual(upTo(5000));
});

test('a flood from a real broker comes through whole behind a slow disk', async () => {
  const port = await freePort();
  await using _broker = await openAedes(port);
  await using running = new Running({ url: `mqtt://127.0.0.1:${port}`, version: 4, series: SERIES });
  await running.start();
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  running.readings.hold();
  const published = Promise.all(upTo(6000).map((number) => device.publishAsync('plain', `${number}`, { qos: 1 })));
  await until(() => running.readings.held >= 4000);
  running.readings.release();
  await published;
  await until(() => running.readings.emitted.length === 6000);
  expect(numbers(running.readings.emitted)).toEqual(upTo(6000));
  await device.endAsync();
});

test('a hundred thousand topics on one wildcard each give their reading, retained ones too', async () => {
  await using broker = await ScriptedBroker.open();
  const series = { 'all_{1}': { topic: 'storm/#' }, 'sum_{1}': { topic: 'few/+', value: '$sum(v)' } };
  await using running = new Running({ url: broker.url, version: 4, series });
  await running.start();
  const count = 100_000;
  for (const number of upTo(count)) {
    broker.publish(`storm/${number}`, `${number}`, 0, 0, number % 4 === 0);
    if (number % 5000 === 4999) await until(() => running.readings.emitted.length === number + 1);
  }
  // These wait for an expression, each in the chain of its topic.
  for (const number of upTo(1000)) broker.publish(`few/${number}`, '{"v": [1, 2]}');
  await until(() => running.readings.emitted.length === count + 1000);
  const names = new Set(running.readings.emitted.map(({ series: name }) => name));
  expect(names.size).toBe(count + 1000);
  // Retained content is known for good, also where the memory of it began anew.
  broker.publish('storm/0', '0', 1, 1, true);
  broker.publish('storm/end', '1', 1, 2);
  await until(() => broker.of('puback').length === 2);
  expect(running.readings.emitted).toHaveLength(count + 1001);
});

for (const version of [4, 5] as const) {
  test(`hostile names and payloads do no harm on version ${version}`, async () => {
    await using broker = await ScriptedBroker.open();
    broker.version = version;
    const series = { '{1}': { topic: 'in/+', value: 'v' }, 'deep_{1}': { topic: 'deep/#', value: 'a.b' } };
    await using running = new Running({ url: broker.url, version, series });
    await running.start();
    const payloads = [
      Buffer.alloc(10_000_000, 49),
      Buffer.from([0xc3, 0x28]),
      '['.repeat(1_000_000),
      `{"v":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`,
      '{"__proto__":{"v":1}}',
      '{"constructor":{"prototype":{"v":1}}}',
      `{"v":${'9'.repeat(200_000)}}`,
      '{"v":',
      '\0',
    ];
    for (const [index, payload] of payloads.entries()) broker.publish('in/x', payload, 2, index + 1);
    await until(() => broker.of('pubcomp').length === payloads.length);
    expect(running.readings.emitted).toEqual([]);
    expect(running.health.misfits).toHaveLength(payloads.length);
    for (const level of ['__proto__', 'constructor', 'toString', ' ', '..', 'a b'])
      broker.publish(`in/${level}`, '{"v":1}');
    broker.publish('deep/__proto__/x', '{"a":{"b":2}}');
    await until(() => running.readings.emitted.length === 7);
    expect(running.readings.emitted.map(({ series: name }) => name)).toEqual([
      '__proto__',
      'constructor',
      'toString',
      '_',
      '__',
      'a_b',
      'deep___proto___x',
    ]);
    expect(({} as { v?: number }).v).toBeUndefined();
    expect(running.health.state).toBe('ok');
  });
}
