import { until } from '@dayfold/sdk/testing';
import { expect, test } from 'vitest';
import { Disk, Running, ScriptedBroker, settle } from './doubles.ts';

const SERIES = { door: { topic: 'door', value: 'open' }, plain: { topic: 'plain' } };

for (const version of [4, 5] as const) {
  test(`QoS 1 on version ${version} is acknowledged after emit resolved, each message by itself`, async () => {
    await using broker = await ScriptedBroker.open();
    broker.version = version;
    await using running = new Running({ url: broker.url, version, series: SERIES });
    await running.start();
    running.readings.hold();
    for (const messageId of [7, 8, 9]) broker.publish('plain', `${messageId}`, 1, messageId);
    await until(() => running.readings.held === 3);
    expect(broker.of('puback')).toEqual([]);
    running.readings.release();
    await until(() => broker.of('puback').length === 3);
    expect(broker.of('puback').map(({ messageId }) => messageId)).toEqual([7, 8, 9]);
    expect(running.readings.emitted.map(({ value }) => value)).toEqual([7, 8, 9]);
  });

  test(`QoS 2 on version ${version} is taken over once stored, released, and not stored again`, async () => {
    await using broker = await ScriptedBroker.open();
    broker.version = version;
    await using running = new Running({ url: broker.url, version, qos: 2, series: SERIES });
    await running.start();
    running.readings.hold();
    broker.publish('plain', '1', 2, 5);
    await until(() => running.readings.held === 1);
    expect(broker.of('pubrec')).toEqual([]);
    running.readings.release();
    await until(() => broker.of('pubcomp').length === 1);
    expect(broker.of('pubrec')).toHaveLength(1);
    expect(running.readings.emitted).toHaveLength(1);
  });
}

test('of QoS 2 a message comes again as it was until it is released; another one under its id is stored too', async () => {
  await using broker = await ScriptedBroker.open();
  broker.keepsPubrel = true;
  await using running = new Running({ url: broker.url, version: 4, qos: 2, series: SERIES });
  await running.start();
  broker.publish('plain', '1', 2, 5);
  await until(() => broker.of('pubrec').length === 1);
  broker.publish('plain', '1', 2, 5);
  await until(() => broker.of('pubrec').length === 2);
  broker.publish('plain', '2', 2, 5);
  await until(() => broker.of('pubrec').length === 3);
  expect(running.readings.emitted.map(({ value }) => value)).toEqual([1, 2]);
});

test('a message stored before the process died is recognised after the restart, once', async () => {
  await using broker = await ScriptedBroker.open();
  const disk = new Disk();
  await using first = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
  await first.start();
  broker.publish('plain', '1', 1, 40);
  await until(() => broker.of('puback').length === 1);
  // To the broker the acknowledgement never came.
  await first.stop();
  broker.sessionPresent = true;
  await using second = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
  await second.start();
  broker.publish('plain', '1', 1, 40);
  await until(() => broker.of('puback').length === 2);
  expect(disk.readings.emitted).toHaveLength(1);
  broker.publish('plain', '1', 1, 40);
  await until(() => broker.of('puback').length === 3);
  expect(disk.readings.emitted).toHaveLength(2);
});

test('a message of a new session is never taken for one delivered again', async () => {
  await using broker = await ScriptedBroker.open();
  const disk = new Disk();
  await using first = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
  await first.start();
  broker.publish('plain', '1', 1, 40);
  await until(() => broker.of('puback').length === 1);
  await first.stop();
  await using second = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
  await second.start();
  broker.publish('plain', '1', 1, 40);
  await until(() => broker.of('puback').length === 2);
  expect(disk.readings.emitted).toHaveLength(2);
});

test('a message whose connection broke before it was stored is stored once and acknowledged on the next connection', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  running.readings.hold();
  broker.publish('plain', '1', 1, 3);
  broker.publish('plain', '2', 2, 4);
  await until(() => running.readings.held === 2);
  broker.sessionPresent = true;
  broker.kick();
  await until(() => broker.connects.length === 2);
  broker.publish('plain', '1', 1, 3);
  await settle();
  running.readings.release();
  await until(() => broker.of('puback').length === 1);
  // This one comes again only after it was stored.
  broker.publish('plain', '2', 2, 4);
  await until(() => broker.of('pubcomp').length === 1);
  expect(running.readings.emitted.map(({ value }) => value)).toEqual([1, 2]);
});

test('what cannot be stored is not acknowledged; the connection is made anew so that it comes again', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  running.readings.hold();
  broker.publish('plain', '1', 1, 3);
  await until(() => running.readings.held === 1);
  running.readings.fail(new Error('the disk is gone'));
  broker.sessionPresent = true;
  await until(() => broker.connects.length === 2);
  expect(broker.of('puback')).toEqual([]);
  broker.publish('plain', '1', 1, 3);
  await until(() => broker.of('puback').length === 1);
  expect(running.readings.emitted).toHaveLength(1);
});

test('on abort what was taken is stored and acknowledged before the connection is closed', async () => {
  await using broker = await ScriptedBroker.open();
  const running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  running.readings.hold();
  broker.publish('plain', '1', 1, 3);
  await until(() => running.readings.held === 1);
  const stopped = running.stop();
  await settle();
  expect(broker.of('disconnect')).toEqual([]);
  running.readings.release();
  await stopped;
  const order = broker.received.map(({ cmd }) => cmd).filter((cmd) => cmd === 'puback' || cmd === 'disconnect');
  expect(order).toEqual(['puback', 'disconnect']);
});

test('misfits are acknowledged and counted: 10 MB, bad UTF-8, deep JSON, nothing at all', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  broker.publish('plain', Buffer.alloc(10 * 1024 * 1024, 'x'), 1, 1);
  broker.publish('plain', Buffer.from([0xff, 0xfe, 0x41]), 1, 2);
  broker.publish('plain', '['.repeat(100_000), 1, 3);
  broker.publish('plain', '', 1, 4);
  broker.publish('plain', 'x'.repeat(257 * 1024), 1, 5);
  broker.publish('door', '{"__proto__": {"open": true}, "open": false}', 1, 6);
  await until(() => broker.of('puback').length === 6);
  expect(running.readings.emitted.map(({ series, value }) => [series, value])).toEqual([['door', false]]);
  expect(({} as { open?: boolean }).open).toBeUndefined();
  expect(running.health.misfits).toHaveLength(5);
});

test('bytes that are no MQTT end the connection, and the next one works', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  broker.raw(Buffer.from([0x36, 0x05, 0x00, 0x01, 0x61, 0x00, 0x01]));
  await until(() => broker.of('subscribe').length === 2);
  broker.raw(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]));
  await until(() => broker.of('subscribe').length === 3);
  broker.publish('plain', '1');
  await until(() => running.readings.emitted.length === 1);
});

test('topics that no broker should let pass are misfits', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: { all: { topic: '#' } } });
  await running.start();
  for (const topic of [Buffer.from([0xff]), Buffer.from('#'), Buffer.from([0x61, 0x00])]) {
    broker.raw(Buffer.concat([Buffer.from([0x30, topic.length + 3, 0, topic.length]), topic, Buffer.from('1')]));
  }
  broker.publish('fine', '2');
  await until(() => running.readings.emitted.length === 1);
  expect(running.health.misfits).toHaveLength(3);
});

test('the window of the commit grows with what the broker was seen to allow in flight', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  expect(running.readings.windowSize).toBe(16);
  running.readings.hold();
  for (let messageId = 1; messageId <= 200; messageId += 1) broker.publish('plain', '1', 1, messageId);
  await until(() => running.readings.held === 200);
  expect(running.readings.windowSize).toBe(100);
  running.readings.release();
  await until(() => broker.of('puback').length === 200);
});
