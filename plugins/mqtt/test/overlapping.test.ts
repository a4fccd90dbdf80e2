import { until } from '@dayfold/sdk/testing';
import type { CapturedMessage } from '@dayfold/sdk';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { Disk, freePort, hasMosquitto, openAedes, openMosquitto, Running, ScriptedBroker, settle } from './doubles.ts';

/** Filters of which none covers another, with a topic that all of them match. */
const TWO = { 'left_{1}': { topic: 'a/+/c', qos: 0 }, 'right_{1}': { topic: 'a/b/#' } };
/** One that begins with a wildcard is not joined with others on version 4. */
const SERIES = { ...TWO, 'other_{1}': { topic: '+/b/c' } };

const brokers = [
  { name: 'aedes on version 4', exists: true, open: (port: number) => openAedes(port), version: 4, series: TWO },
  {
    name: 'mosquitto on version 4',
    exists: hasMosquitto,
    open: (port: number) => openMosquitto(port),
    version: 4,
    series: SERIES,
  },
  {
    name: 'mosquitto on version 5',
    exists: hasMosquitto,
    open: (port: number) => openMosquitto(port),
    version: 5,
    series: SERIES,
  },
  {
    name: 'mosquitto that allows duplicates on version 5',
    exists: hasMosquitto,
    open: (port: number) => openMosquitto(port, ['allow_duplicate_messages true']),
    version: 5,
    series: SERIES,
  },
  {
    name: 'mosquitto that allows duplicates on version 4',
    exists: hasMosquitto,
    open: (port: number) => openMosquitto(port, ['allow_duplicate_messages true']),
    version: 4,
    series: TWO,
  },
] as const;

// Without /usr/sbin/mosquitto its cases are skipped.
for (const { name, exists, open, version, series: wanted } of brokers) {
  test.skipIf(!exists)(`a message that several subscriptions match counts once: ${name}`, async () => {
    const port = await freePort();
    await using _broker = await open(port);
    const disk = new Disk();
    const options = { url: `mqtt://127.0.0.1:${port}`, version, series: wanted };
    const first = new Running(options, disk);
    await first.start();
    const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
    await device.publishAsync('a/b/c', '1', { qos: 0 });
    await device.publishAsync('a/b/c', '2', { qos: 1 });
    await device.publishAsync('a/b/c', '2', { qos: 2 });
    await device.publishAsync('a/b/end', '0', { qos: 1 });
    await until(() => disk.readings.emitted.some(({ series }) => series === 'right_end'));
    await first.stop();
    // These wait in the session, each copy of them.
    await device.publishAsync('a/b/c', '3', { qos: 1 });
    await device.publishAsync('a/b/c', '3', { qos: 1 });
    await device.publishAsync('a/b/end', '1', { qos: 1 });
    await using second = new Running(options, disk);
    await second.start();
    await until(() => disk.readings.emitted.some(({ series, value }) => series === 'right_end' && value === 1));
    await settle();
    const names = new Set(disk.readings.emitted.map(({ series }) => series).filter((series) => series !== 'right_end'));
    expect(names.size).toBe(Object.keys(wanted).length);
    for (const series of names)
      expect(disk.readings.emitted.filter((one) => one.series === series).map(({ value }) => value)).toEqual([
        1, 2, 2, 3, 3,
      ]);
    await device.endAsync();
  });
}

test.skipIf(!hasMosquitto)('a retained message that several subscriptions match counts once', async () => {
  const port = await freePort();
  await using _broker = await openMosquitto(port);
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  await device.publishAsync('a/b/c', '7', { qos: 1, retain: true });
  await using running = new Running({ url: `mqtt://127.0.0.1:${port}`, retained: 'use', series: SERIES });
  const recorded: CapturedMessage[] = [];
  const abort = new AbortController();
  const captured = running.source.capture(abort.signal, (message) => void recorded.push(message));
  await until(() => recorded.length === 1);
  await running.start();
  await device.publishAsync('a/b/end', '0', { qos: 1 });
  await until(() => running.readings.emitted.some(({ series }) => series === 'right_end'));
  await until(() => recorded.length > 1);
  abort.abort();
  await captured;
  expect(running.readings.emitted.map(({ series }) => series)).toEqual(['left_b', 'right_c', 'other_a', 'right_end']);
  expect(recorded.map(({ topic }) => topic)).toEqual(['a/b/c', 'a/b/end']);
  await device.endAsync();
});

test.skipIf(!hasMosquitto)('messages that wait while the overlapping topics change are not lost', async () => {
  const port = await freePort();
  await using _broker = await openMosquitto(port);
  const disk = new Disk();
  const url = `mqtt://127.0.0.1:${port}`;
  const first = new Running({ url, series: { left: { topic: 'a/+/c' } } }, disk);
  await first.start();
  await first.stop();
  const device = await connectAsync(url, {}, false);
  await device.publishAsync('a/b/c', '1', { qos: 1 });
  const second = new Running({ url, series: { left: { topic: 'a/+/c' }, 'right_{1}': { topic: 'a/b/#' } } }, disk);
  await second.start();
  await until(() => disk.readings.emitted.length === 2);
  await second.stop();
  await device.publishAsync('a/b/c', '2', { qos: 1 });
  // The filter whose copy would have counted goes.
  await using third = new Running({ url, series: { 'right_{1}': { topic: 'a/b/#' } } }, disk);
  await third.start();
  await device.publishAsync('a/b/end', '3', { qos: 1 });
  await until(() => disk.readings.emitted.some(({ value }) => value === 3));
  const right = disk.readings.emitted.filter(({ series }) => series.startsWith('right')).map(({ value }) => value);
  expect(new Set(right)).toEqual(new Set([1, 2, 3]));
  await device.endAsync();
});

test('on version 4 topics that overlap are asked for by one filter, or each where the broker refuses that', async () => {
  await using broker = await ScriptedBroker.open();
  broker.refused = 'a/+/#';
  const disk = new Disk();
  const first = new Running({ url: broker.url, version: 4, series: TWO }, disk);
  await first.start();
  expect(first.health.state).toBe('ok');
  await first.stop();
  broker.refused = undefined;
  broker.sessionPresent = true;
  await using second = new Running({ url: broker.url, version: 4, max_payload: '1KB', series: TWO }, disk);
  await second.start();
  expect(broker.of('subscribe').map((packet) => 'subscriptions' in packet && packet.subscriptions)).toMatchObject([
    [{ topic: 'a/+/#', qos: 1 }],
    [{ topic: 'a/+/c' }, { topic: 'a/b/#' }],
    [{ topic: 'a/+/#' }],
  ]);
  expect(broker.of('unsubscribe')[0]).toMatchObject({ unsubscriptions: ['a/+/c', 'a/b/#'] });
  // What only the joined filter matches is nobody's misfit.
  broker.publish('a/x', 'y'.repeat(100_000), 1, 1);
  broker.publish('a/b/c', 'y'.repeat(100_000), 1, 2);
  await until(() => broker.of('puback').length === 2);
  expect(second.health.misfits).toHaveLength(1);
});

test('a broker that gives no subscription identifiers is not asked for them', async () => {
  await using broker = await ScriptedBroker.open();
  broker.version = 5;
  broker.properties = { subscriptionIdentifiersAvailable: false };
  await using running = new Running({ url: broker.url, version: 5, series: SERIES });
  await running.start();
  expect(broker.of('subscribe')).toHaveLength(1);
  expect(broker.of('subscribe')[0]).toMatchObject({ subscriptions: [{ topic: '+/b/c' }, { topic: 'a/+/#' }] });
  expect(broker.of('subscribe')[0]).not.toHaveProperty('properties.subscriptionIdentifier');
});

test('identifiers are for topics that overlap, one each, and not given anew in a session that was kept', async () => {
  await using broker = await ScriptedBroker.open();
  broker.version = 5;
  const disk = new Disk();
  const options = {
    url: broker.url,
    version: 5,
    series: { ...SERIES, alone: { topic: 'x/+' }, resubscribe: { topic: 'resubscribe' } },
  };
  const first = new Running(options, disk);
  await first.start();
  await first.stop();
  const asked = (): unknown[] =>
    broker.of('subscribe').map((packet) => {
      const { subscriptions, properties } = packet as {
        subscriptions?: { topic: string; qos: number }[];
        properties?: { subscriptionIdentifier?: number };
      };
      return [subscriptions?.map(({ topic, qos }) => `${topic} ${qos}`), properties?.subscriptionIdentifier];
    });
  const wanted = [
    [['x/+ 1', 'resubscribe 1'], undefined],
    [['a/+/c 1'], 1],
    [['a/b/# 1'], 2],
    [['+/b/c 1'], 3],
  ];
  expect(asked()).toEqual(wanted);
  broker.sessionPresent = true;
  const second = new Running(options, disk);
  await second.start();
  await second.stop();
  expect(asked()).toEqual(wanted);
  broker.sessionPresent = false;
  await using third = new Running(options, disk);
  await third.start();
  expect(asked().slice(4)).toEqual([wanted[0], [['a/+/c 1'], 4], [['a/b/# 1'], 5], [['+/b/c 1'], 6]]);
});
