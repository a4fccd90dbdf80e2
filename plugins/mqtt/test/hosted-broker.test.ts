import { until } from '@dayfold/sdk/testing';
import { connect as connectMqtt, connectAsync } from 'mqtt';
import type { IClientOptions } from 'mqtt';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { hostBroker } from '../src/hosted-broker.ts';
import { freePort, Running } from './doubles.ts';

const SERIES = { plain: { topic: 'plain' } };

test('a port in use is told with what to do, and the port is free again after a stop', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  await using blocked = new Running({ broker: { port }, series: SERIES });
  await expect(blocked.start()).rejects.toMatchObject({
    code: 'plugin.not_ready',
    message: `the hosted broker cannot listen on 127.0.0.1:${port}: another program uses the port, maybe another broker; connect to that with "url", or choose another broker.port`,
  });
  other.close();
  await once(other, 'close');
  for (let round = 0; round < 2; round += 1) {
    const running = new Running({ broker: { port }, series: SERIES });
    await running.start();
    const device = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 }, false);
    await running.stop();
    await device.endAsync(true);
  }
});

test('an address that only looks like loopback needs a password', async () => {
  for (const host of ['127.0.0.1.example.com', '::', '192.168.0.2'])
    await expect(hostBroker({ port: 1, host })).rejects.toMatchObject({ code: 'plugin.config_invalid' });
});

test('garbage and packets of any length end the connection they come on, and no other', async () => {
  const port = await freePort();
  await using running = new Running({ broker: { port }, series: SERIES });
  await running.start();
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  const connectPacket = Buffer.from('100f00044d5154540402003c00036162 63'.replaceAll(' ', ''), 'hex');
  const attacks = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01]),
    Buffer.alloc(4096, 0xff),
    Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]),
    // 2 MB, announced after a good beginning.
    Buffer.concat([connectPacket, Buffer.from([0x30, 0x80, 0x80, 0x80, 0x01])]),
  ];
  for (const attack of attacks) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(attack);
    await once(socket, 'close');
  }
  await device.publishAsync('plain', 'x'.repeat(200_000), { qos: 1 });
  await until(() => running.readings.emitted.length === 1);
  expect(device.connected).toBe(true);
  await device.endAsync();
});

test('a packet that comes byte by byte, and several in one piece, pass', async () => {
  const port = await freePort();
  await using running = new Running({ broker: { port }, series: SERIES });
  await running.start();
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  const message = Buffer.concat([Buffer.from([0x30, 0xd0, 0x01, 0, 5]), Buffer.from('plain'), Buffer.alloc(201, '7')]);
  const hello = Buffer.from('100f00044d5154540402003c0003616263', 'hex');
  for (const byte of Buffer.concat([hello, message])) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(Buffer.concat([message, message]));
  await until(() => running.readings.emitted.length === 3);
  socket.destroy();
  expect(running.health.misfits).toEqual([]);
});

test('beyond 200 connections nobody is let in', async () => {
  const port = await freePort();
  const broker = await hostBroker({ port, host: '127.0.0.1' });
  const sockets = Array.from({ length: 205 }, () => connect(port, '127.0.0.1'));
  let closed = 0;
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.on('close', () => (closed += 1));
    socket.resume();
  }
  await until(() => closed === 5);
  sockets.find((socket) => !socket.destroyed)?.destroy();
  await until(() => closed === 6);
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  await device.endAsync();
  await broker.close();
  await until(() => closed === 205);
});

test('a thousand messages wait for an absent client, and ten thousand topics are retained', async () => {
  const port = await freePort();
  const broker = await hostBroker({ port, host: '127.0.0.1' });
  const url = `mqtt://127.0.0.1:${port}`;
  const absent = { clientId: 'absent', clean: false };
  const reader = await connectAsync(url, absent, false);
  await reader.subscribeAsync('q', { qos: 1 });
  await reader.endAsync();
  const device = await connectAsync(url, {}, false);
  for (let round = 0; round < 2; round += 1) {
    for (let number = 0; number < 1005; number += 1) await device.publishAsync('q', `${number}`, { qos: 1 });
    expect(await drained(url, absent)).toEqual(Array.from({ length: 1000 }, (_, index) => `${index}`));
  }
  for (let number = 0; number < 10_005; number += 1) device.publish(`kept/${number}`, 'x', { qos: 0, retain: true });
  await device.publishAsync('kept/0', '', { qos: 1, retain: true });
  await device.publishAsync('kept/new', 'x', { qos: 1, retain: true });
  const kept = new Set<string>();
  const late = await connectAsync(url, {}, false);
  late.on('message', (topic) => kept.add(topic));
  await late.subscribeAsync('kept/#', { qos: 0 });
  await until(() => kept.has('kept/new'));
  expect(kept.size).toBe(10_000);
  expect(kept.has('kept/0') || kept.has('kept/10004')).toBe(false);
  await late.endAsync();
  await device.endAsync();
  await broker.close();
});

/** What waited for a client: everything up to a message that is sent when it is back. */
async function drained(url: string, options: IClientOptions): Promise<string[]> {
  const seen: string[] = [];
  const client = connectMqtt(url, options);
  client.on('message', (_topic, payload) => seen.push(payload.toString()));
  await until(() => seen.length >= 1000);
  await client.publishAsync('q', 'end', { qos: 1 });
  await until(() => seen.at(-1) === 'end');
  await client.endAsync();
  return seen.slice(0, -1);
}
