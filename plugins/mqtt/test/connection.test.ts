import { until } from '@dayfold/sdk/testing';
import { connectAsync } from 'mqtt';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Disk, freePort, openAedes, Running, ScriptedBroker, settle } from './doubles.ts';

const SERIES = { plain: { topic: 'plain' } };

test('a broker that is not there is told in one sentence, and the host tries again', async () => {
  const port = await freePort();
  await using running = new Running({ url: `mqtt://127.0.0.1:${port}`, series: SERIES });
  await expect(running.start()).rejects.toMatchObject({
    code: 'plugin.not_ready',
    message: `broker at 127.0.0.1:${port} refused the connection`,
  });
});

test('a wrong password is a login problem at the start, and a slow retry later', async () => {
  await using broker = await ScriptedBroker.open();
  broker.codes = [5];
  await using refused = new Running({ url: broker.url, version: 4, series: SERIES });
  await expect(refused.start()).rejects.toMatchObject({ code: 'plugin.login_required' });
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  broker.codes = [4];
  broker.kick();
  await until(() => running.health.message?.includes('user or password') === true);
});

test('the broker hosted here lets in who knows the password, and nobody else', async () => {
  const port = await freePort();
  const broker = { port, user: 'home', password: 'secret' };
  await using running = new Running({ broker, series: SERIES });
  await running.start();
  await expect(connectAsync(`mqtt://127.0.0.1:${port}`, {}, false)).rejects.toThrow();
  const device = await connectAsync(`mqtt://home:secret@127.0.0.1:${port}`, {}, false);
  await device.publishAsync('plain', '4.5', { qos: 1 });
  await until(() => running.readings.emitted.length === 1);
  expect(running.readings.emitted[0]).toMatchObject({ series: 'plain', value: 4.5 });
  await device.endAsync();
});

test('a hosted broker that others could reach without a password is refused', async () => {
  await using running = new Running({ broker: { port: 1883, host: '0.0.0.0' }, series: SERIES });
  await expect(running.start()).rejects.toMatchObject({ code: 'plugin.config_invalid' });
});

test('after a restart of the broker everything is subscribed anew and the gap is shown until the next message', async () => {
  const port = await freePort();
  const before = await openAedes(port);
  await using running = new Running({ url: `mqtt://127.0.0.1:${port}`, series: SERIES });
  await running.start();
  expect(await running.disk.storage.get('version')).toEqual({
    broker: `127.0.0.1:${port}`,
    version: 4,
    at: running.clock.now(),
  });
  await before[Symbol.asyncDispose]();
  await until(() => running.health.state === 'degraded');
  await using after = await openAedes(port);
  await until(() => running.health.message?.includes('may be missing') === true);
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  await device.publishAsync('plain', '1', { qos: 1 });
  await until(() => running.readings.emitted.length === 1);
  expect(running.health.state).toBe('ok');
  await device.endAsync();
  expect(after.aedes.closed).toBe(false);
});

test('messages sent while dayfold was down come after the start, from the session the broker kept', async () => {
  const port = await freePort();
  await using broker = await openAedes(port);
  const disk = new Disk();
  const first = new Running({ url: `mqtt://127.0.0.1:${port}`, series: SERIES }, disk);
  await first.start();
  await first.stop();
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  for (let value = 1; value <= 20; value += 1) await device.publishAsync('plain', `${value}`, { qos: 1 });
  await using second = new Running({ url: `mqtt://127.0.0.1:${port}`, series: SERIES }, disk);
  await second.start();
  await until(() => disk.readings.emitted.length === 20);
  expect(disk.readings.emitted.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(second.health.state).toBe('ok');
  await device.endAsync();
  expect(broker.aedes.closed).toBe(false);
});

test('a session that is still there gets only the difference of the subscriptions', async () => {
  await using broker = await ScriptedBroker.open();
  const disk = new Disk();
  const first = new Running({ url: broker.url, version: 4, series: { a: { topic: 'a' }, b: { topic: 'b' } } }, disk);
  await first.start();
  await first.stop();
  broker.sessionPresent = true;
  const same = new Running({ url: broker.url, version: 4, series: { a: { topic: 'a' }, b: { topic: 'b' } } }, disk);
  await same.start();
  await same.stop();
  expect(broker.of('subscribe')).toHaveLength(1);
  const changed = new Running({ url: broker.url, version: 4, series: { b: { topic: 'b' }, c: { topic: 'c' } } }, disk);
  await changed.start();
  await changed.stop();
  expect(broker.of('subscribe')[1]).toMatchObject({ subscriptions: [{ topic: 'c' }] });
  expect(broker.of('unsubscribe')[0]).toMatchObject({ unsubscriptions: ['a'] });
  expect(new Set(broker.connects.map(({ clientId }) => clientId)).size).toBe(1);
});

test('a session that was begun and lost before its topics were subscribed to is subscribed anew', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  broker.isMute = true;
  broker.kick();
  await until(() => broker.of('subscribe').length === 2);
  broker.isMute = false;
  broker.sessionPresent = true;
  broker.kick();
  await until(() => broker.of('subscribe').length === 3);
  await until(() => running.health.state === 'ok');
  broker.kick();
  await until(() => broker.connects.length === 4);
  await settle();
  expect(broker.of('subscribe')).toHaveLength(3);
});

test('a session that was begun by a process that died then is subscribed anew', async () => {
  await using broker = await ScriptedBroker.open();
  const options = { url: broker.url, version: 4, series: SERIES };
  const disk = new Disk();
  const first = new Running(options, disk);
  await first.start();
  await first.stop();
  broker.isMute = true;
  await using second = new Running(options, disk);
  const started = second.start().catch(() => undefined);
  await until(() => broker.of('subscribe').length === 2);
  const left = await disk.copy();
  await second.stop();
  await started;
  broker.isMute = false;
  broker.sessionPresent = true;
  await using third = new Running(options, left);
  await third.start();
  expect(broker.of('subscribe')).toHaveLength(3);
});

test('a client id that another client uses too is named after five losses in a minute', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, client_id: 'shared', series: SERIES });
  await running.start();
  for (let loss = 1; loss <= 5; loss += 1) {
    await until(() => broker.of('subscribe').length === loss);
    await settle();
    broker.kick();
  }
  await until(() => running.health.message?.includes('client id "shared"') === true);
});

test('a connection without messages is shown with the time of the last one', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, silent_after: '10m', series: SERIES });
  await running.start();
  for (let minute = 0; minute < 10; minute += 1) await running.clock.advance(60_000);
  expect(running.health.message).toBe('connected, but no message since 2024-03-30T12:00:00.000Z');
  broker.publish('plain', '1');
  await until(() => running.health.state === 'ok');
});

test('the status topic says online, offline, and has a last will', async () => {
  await using broker = await ScriptedBroker.open();
  const running = new Running({ url: broker.url, version: 4, status_topic: 'dayfold/status', series: SERIES });
  await running.start();
  await running.stop();
  expect(broker.connects[0]).toMatchObject({ will: { topic: 'dayfold/status', retain: true } });
  expect(broker.of('publish').map((packet) => String((packet as { payload?: Buffer }).payload))).toEqual([
    'online',
    'offline',
  ]);
});

test('a broker sees the status topic come and go, and says offline by itself when the connection breaks', async () => {
  const port = await freePort();
  await using broker = await openAedes(port);
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  const said: string[] = [];
  device.on('message', (_topic, payload) => said.push(payload.toString()));
  await device.subscribeAsync('dayfold/status');
  const options = {
    url: `mqtt://127.0.0.1:${port}`,
    client_id: 'home',
    status_topic: 'dayfold/status',
    series: SERIES,
  };
  const running = new Running(options);
  await running.start();
  await until(() => said.length === 1);
  (broker.aedes as unknown as { clients: Record<string, { conn: Socket }> }).clients['home']?.conn.destroy();
  await until(() => said.length === 3);
  await running.stop();
  await until(() => said.length === 4);
  expect(said).toEqual(['online', 'offline', 'online', 'offline']);
  await device.endAsync();
});

test('a broker that is still starting is tried again, at the start by the host and later by itself', async () => {
  await using broker = await ScriptedBroker.open();
  broker.codes = [3];
  await using refused = new Running({ url: broker.url, version: 4, series: SERIES });
  await expect(refused.start()).rejects.toMatchObject({
    code: 'plugin.not_ready',
    message: expect.stringContaining('refuses the client (reason 3)') as string,
  });
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  await running.start();
  broker.codes = [3, 3];
  broker.kick();
  await until(() => running.health.message?.includes('refuses the client (reason 3)') === true);
  await until(() => running.health.message?.includes('may be missing') === true);
  expect(broker.connects).toHaveLength(5);
  broker.publish('plain', '1');
  await until(() => running.health.state === 'ok');
});

test('a broker without MQTT 5 is spoken to in 3.1.1, whether it says so or just closes, and at the next start at once', async () => {
  for (const way of ['refuse', 'close'] as const) {
    await using broker = await ScriptedBroker.open();
    const disk = new Disk();
    if (way === 'refuse') broker.codes = [1];
    else broker.refusesMqtt5 = true;
    const first = new Running({ url: broker.url, series: SERIES }, disk);
    await first.start();
    await first.stop();
    const second = new Running({ url: broker.url, series: SERIES }, disk);
    await second.start();
    await second.stop();
    expect(broker.connects.map((packet) => 'protocolVersion' in packet && packet.protocolVersion)).toEqual([5, 4, 4]);
    // After a week MQTT 5 is tried again.
    if (way === 'refuse') broker.codes = [1];
    await using third = new Running({ url: broker.url, series: SERIES }, disk);
    await third.clock.advance(7 * 24 * 3600 * 1000);
    await third.start();
    const { protocolVersion } = broker.connects[3] as { protocolVersion?: number };
    expect(protocolVersion).toBe(5);
  }
});

test('each topic is subscribed to with the quality that its series say', async () => {
  await using broker = await ScriptedBroker.open();
  const series = {
    a: { topic: 'a', qos: 0 },
    b: { topic: 'b' },
    c: { topic: 'c', qos: 1 },
    d: { topic: 'c', value: 'x' },
  };
  await using running = new Running({ url: broker.url, version: 4, qos: 2, series });
  await running.start();
  const asked = broker.of('subscribe').flatMap((packet) => ('subscriptions' in packet ? packet.subscriptions : []));
  expect(asked.map(({ topic, qos }) => [topic, qos])).toEqual([
    ['a', 0],
    ['b', 2],
    ['c', 2],
  ]);
});

test('a probe shows up to five messages and leaves the session alone', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  const samples = running.source.probe(new AbortController().signal);
  await until(() => broker.of('subscribe').length === 1);
  for (let value = 1; value <= 7; value += 1) broker.publish('plain', `${value}`);
  expect(await samples).toEqual([1, 2, 3, 4, 5].map((value) => ({ from: 'plain', text: `${value}` })));
  expect(broker.connects[0]).toMatchObject({ clean: true });
});
