import { harness, until } from '@dayfold/sdk/testing';
import { Aedes } from 'aedes';
import { connectAsync } from 'mqtt';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import plugin from '../src/index.ts';

const FIXTURES = resolve(import.meta.dirname, '../../../../shared/fixtures/mqtt');

test('a message is acknowledged after it is stored, and several may wait together', async () => {
  await using broker = await startBroker();
  const acknowledged: string[] = [];
  broker.aedes.on('ack', (packet) => {
    if ('topic' in packet) acknowledged.push(packet.topic);
  });
  const source = harness(plugin, { url: broker.url, series: { door: { topic: 'door/+', value: 'open' } } });
  await source.start();
  source.readings.hold();
  await broker.publish('door/a', '{"open":true}');
  await broker.publish('door/b', '{"open":false}');
  await until(() => source.readings.held === 2, 'both messages are in hand');
  expect(acknowledged).toEqual([]);
  source.readings.release();
  await until(() => acknowledged.length === 2, 'both are acknowledged');
  expect(source.emitted.map(({ value }) => value)).toEqual([true, false]);
  await source.stop();
});

test('what is no reading is counted and does no harm', async () => {
  await using broker = await startBroker();
  const source = harness(plugin, { url: broker.url, series: { '{1}': { topic: 'in/+', value: 'v' } } });
  await source.start();
  const payloads = [
    Buffer.from([0xff, 0xfe]),
    Buffer.alloc(10_000_000, 49),
    Buffer.from('['.repeat(100_000)),
    Buffer.alloc(0),
    Buffer.from('{"__proto__":{"v":1}}'),
  ];
  for (const payload of payloads) await broker.publish('in/x', payload);
  await broker.publish('in/ok', '{"v":21.5}');
  await until(() => source.emitted.length === 1, 'the good message is stored');
  expect(source.emitted[0]).toMatchObject({ series: 'ok', value: 21.5 });
  expect(({} as { v?: number }).v).toBeUndefined();
  await source.stop();
});

test('a thousand topics on one wildcard each give their series', async () => {
  await using broker = await startBroker();
  const source = harness(plugin, { url: broker.url, series: { 'temp_{1}': { topic: 'home/+/temp' } } });
  await source.start();
  for (let room = 0; room < 1000; room += 1) await broker.publish(`home/r${room}/temp`, String(room));
  await until(() => source.emitted.length === 1000, 'all are stored');
  expect(new Set(source.emitted.map(({ series }) => series)).size).toBe(1000);
  await source.stop();
});

test.skipIf(!existsSync(FIXTURES))(
  'every recorded message of real devices passes through (skipped where the recordings are absent)',
  async () => {
    await using broker = await startBroker();
    const source = harness(plugin, { url: broker.url, series: { all: { topic: '#' } } });
    await source.start();
    let count = 0;
    for (const file of globSync(`${FIXTURES}/**/*.jsonl`)) {
      for (const line of readFileSync(file, 'utf8')
        .split('\n')
        .filter((text) => text !== '')) {
        const { topic, payload } = JSON.parse(line) as { topic: string; payload: unknown };
        await broker.publish(topic, typeof payload === 'string' ? payload : JSON.stringify(payload));
        count += 1;
      }
    }
    await broker.publish('end', '"end"');
    await until(() => source.emitted.some(({ value }) => value === 'end'), 'the last message is stored');
    expect(count).toBeGreaterThan(500);
    await source.stop();
  },
);

async function startBroker() {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const publisher = await connectAsync(url, { clientId: 'publisher' });
  return {
    aedes,
    url,
    publish: async (topic: string, payload: string | Buffer) =>
      await publisher.publishAsync(topic, payload, { qos: 1 }),
    async [Symbol.asyncDispose]() {
      await publisher.endAsync(true);
      await new Promise<void>((done) => aedes.close(() => done()));
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
