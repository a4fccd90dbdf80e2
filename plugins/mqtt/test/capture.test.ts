import { until } from '@dayfold/sdk/testing';
import type { CapturedMessage } from '@dayfold/sdk';
import { connectAsync } from 'mqtt';
import { assert as check, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { capturedOf, payloadOf } from '../src/capture.ts';
import plugin from '../src/index.ts';
import { mqttOptions } from '../src/options.ts';
import { atRest, freePort, openAedes, Running, ScriptedBroker } from './doubles.ts';

const SERIES = { 'room_{1}': { topic: 'home/+' } };

test('a capture records every message of the configured topics beside a running source', async () => {
  const port = await freePort();
  await using _broker = await openAedes(port);
  await using running = new Running({ url: `mqtt://127.0.0.1:${port}`, series: SERIES });
  await running.start();
  const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
  await device.publishAsync('home/kept', '7', { qos: 1, retain: true });
  await until(() => running.readings.emitted.length === 1);
  const recorded: CapturedMessage[] = [];
  const abort = new AbortController();
  const captured = running.source.capture(abort.signal, (message) => void recorded.push(message));
  await until(() => recorded.length === 1);
  await device.publishAsync('home/text', '21.5', { qos: 1 });
  await device.publishAsync('home/bytes', Buffer.from([0xff, 0x00]), { qos: 1 });
  await device.publishAsync('elsewhere', '1', { qos: 1 });
  await device.publishAsync('home/bom', '\uFEFF8', { qos: 1 });
  await until(() => recorded.length === 4);
  abort.abort();
  await captured;
  const time = running.clock.now();
  expect(recorded).toEqual([
    { time, topic: 'home/kept', retained: true, payload: '7' },
    { time, topic: 'home/text', payload: '21.5' },
    { time, topic: 'home/bytes', base64: '/wA=' },
    { time, topic: 'home/bom', payload: '\uFEFF8' },
  ]);
  await until(() => running.readings.emitted.length === 3);
  expect(running.health.state).toBe('ok');
  await device.endAsync();
});

test('messages are recorded one after the other, and reading pauses while too many wait', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  const gate = Promise.withResolvers<void>();
  const recorded: string[] = [];
  const abort = new AbortController();
  const captured = running.source.capture(abort.signal, async ({ payload = '' }) => {
    await gate.promise;
    recorded.push(payload.slice(0, 4));
  });
  await until(() => broker.of('subscribe').length === 1);
  // More than the buffers of the system hold.
  const filling = 'x'.repeat(200_000);
  for (let number = 1000; number < 1400; number += 1) broker.publish('home/a', `${number}${filling}`);
  expect(await atRest(() => broker.unsent)).toBeGreaterThan(200 * filling.length);
  gate.resolve();
  await until(() => recorded.length === 400);
  expect(recorded).toEqual(Array.from({ length: 400 }, (_, index) => `${1000 + index}`));
  abort.abort();
  await captured;
});

test('a capture says why it has no connection, and when it lost it', async () => {
  const port = await freePort();
  await using absent = new Running({ url: `mqtt://127.0.0.1:${port}`, series: SERIES });
  const { signal } = new AbortController();
  await expect(absent.source.capture(signal, () => undefined)).rejects.toMatchObject({
    code: 'plugin.not_ready',
    message: `broker at 127.0.0.1:${port} refused the connection`,
  });
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  broker.codes = [5];
  await expect(running.source.capture(signal, () => undefined)).rejects.toMatchObject({
    code: 'plugin.login_required',
  });
  const ended = running.source.capture(signal, () => undefined).catch((error: unknown) => error);
  await until(() => broker.of('subscribe').length === 1);
  broker.kick();
  expect(await ended).toMatchObject({
    code: 'plugin.not_ready',
    message: expect.stringContaining('is lost') as string,
  });
});

test('a capture ends with what recording threw, and at once where it is asked to end', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: SERIES });
  const record = (): void => {
    throw new Error('the disk is full');
  };
  const ended = running.source.capture(new AbortController().signal, record).catch((error: unknown) => error);
  await until(() => broker.of('subscribe').length === 1);
  broker.publish('home/a', '1');
  broker.publish('home/a', '2');
  expect(await ended).toEqual(new Error('the disk is full'));
  await running.source.capture(AbortSignal.abort(), () => undefined);
  expect(broker.connects).toHaveLength(1);
});

test('a broker that closes on MQTT 5 without a word is captured and probed on MQTT 3.1.1', async () => {
  await using broker = await ScriptedBroker.open();
  broker.refusesMqtt5 = true;
  await using running = new Running({ url: broker.url, series: SERIES });
  const samples = running.source.probe(new AbortController().signal);
  await until(() => broker.of('subscribe').length === 1);
  for (let value = 1; value <= 5; value += 1) broker.publish('home/a', `${value}`);
  expect(await samples).toHaveLength(5);
});

test('whatever the bytes of a payload, a recording gives the same back', () => {
  check(
    property(uint8Array({ maxLength: 40 }), (bytes) => {
      const payload = Buffer.from(bytes);
      const message = {
        topic: 't',
        payload,
        qos: 0,
        retain: false,
        messageId: undefined,
        identifier: undefined,
        tooLarge: undefined,
      } as const;
      const line = JSON.stringify(capturedOf(message, 0));
      expect(payloadOf(JSON.parse(line) as CapturedMessage).equals(payload)).toBe(true);
    }),
  );
});

test('a recorded retained message follows the rule of its series, as it did live', async () => {
  const options = mqttOptions.parse({
    url: 'mqtt://localhost',
    series: {
      last: { topic: 'meter' },
      used: { topic: 'meter', retained: 'use' },
      ignored: { topic: 'meter', retained: 'ignore' },
    },
  });
  const message = { time: 5, topic: 'meter', payload: '3' };
  expect(await plugin.replay?.(options, { ...message, retained: true })).toEqual([
    { series: 'last', value: 3, retained: true },
    { series: 'used', value: 3 },
  ]);
  expect(await plugin.replay?.(options, message)).toHaveLength(3);
  expect(await plugin.replay?.(options, { time: 5, topic: 'meter', base64: '/w==' })).toEqual([]);
  expect(await plugin.replay?.(options, { time: 5, topic: 'meter', base64: 'Mw==' })).toHaveLength(3);
});
