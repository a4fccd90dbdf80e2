import { until } from '@dayfold/sdk/testing';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { covers, filtersOf } from '../src/filters.ts';
import plugin from '../src/index.ts';
import { mqttOptions } from '../src/options.ts';
import { Disk, Running, ScriptedBroker } from './doubles.ts';

const FIXTURES = join(import.meta.dirname, '../../../../shared/fixtures/mqtt');

test('a retained message is marked, and the same content never comes twice, over restarts', async () => {
  await using broker = await ScriptedBroker.open();
  const disk = new Disk();
  const options = { url: broker.url, version: 4, series: { meter: { topic: 'meter' } } };
  const first = new Running(options, disk);
  await first.start();
  broker.publish('meter', '26.6', 0, 0, true);
  await until(() => disk.readings.emitted.length === 1);
  await first.stop();
  const second = new Running(options, disk);
  await second.start();
  broker.publish('meter', '26.6', 1, 1, true);
  await until(() => broker.of('puback').length === 1);
  broker.publish('meter', '27.1', 1, 2, true);
  await until(() => broker.of('puback').length === 2);
  await second.stop();
  expect(disk.readings.emitted.map(({ value, retained }) => [value, retained])).toEqual([
    [26.6, true],
    [27.1, true],
  ]);
});

test('what is retained and comes again to a new session adds nothing, whatever the rule', async () => {
  await using broker = await ScriptedBroker.open();
  const series = {
    last: { topic: 'meter' },
    used: { topic: 'meter', retained: 'use' },
    ignored: { topic: 'meter', retained: 'ignore' },
  };
  await using running = new Running({ url: broker.url, version: 4, series });
  await running.start();
  broker.publish('meter', '1', 1, 1, true);
  await until(() => broker.of('puback').length === 1);
  broker.kick();
  await until(() => broker.of('subscribe').length === 2);
  broker.publish('meter', '1', 1, 1, true);
  broker.publish('meter', '2', 1, 2);
  await until(() => broker.of('puback').length === 3);
  expect(running.readings.emitted.map(({ series: name, value }) => [name, value])).toEqual([
    ['last', 1],
    ['used', 1],
    ['last', 2],
    ['used', 2],
    ['ignored', 2],
  ]);
  // Live before, retained now: marked, so that it is nothing but the last value.
  broker.kick();
  await until(() => broker.of('subscribe').length === 3);
  broker.publish('meter', '2', 1, 1, true);
  await until(() => broker.of('puback').length === 4);
  expect(running.readings.emitted.filter(({ series: name }) => name === 'last').at(-1)).toMatchObject({
    retained: true,
  });
  expect(running.readings.emitted.filter(({ series: name }) => name === 'ignored')).toHaveLength(1);
});

test('what wildcards matched stands in the name of the series: the first, the second, the rest', async () => {
  await using broker = await ScriptedBroker.open();
  const series = {
    '{2}_of_{1}': { topic: '+/room/+/state' },
    'rest_{2}_{1}': { topic: '+/x/#' },
    'none{3}': { topic: 'y/+' },
  };
  await using running = new Running({ url: broker.url, version: 4, series });
  await running.start();
  for (const topic of ['home/room/oven/state', 'home/x/a/b c', 'home/x', 'y/z']) broker.publish(topic, '1');
  await until(() => running.readings.emitted.length === 4);
  expect(running.readings.emitted.map(({ series: name }) => name)).toEqual([
    'oven_of_home',
    'rest_a_b_c_home',
    'rest__home',
    'none',
  ]);
});

test('retained messages are left out or taken as usual where a series says so', async () => {
  await using broker = await ScriptedBroker.open();
  const series = {
    left: { topic: 'meter', retained: 'ignore' },
    taken: { topic: 'meter', retained: 'use' },
  };
  await using running = new Running({ url: broker.url, version: 4, series });
  await running.start();
  broker.publish('meter', '1', 0, 0, true);
  broker.publish('meter', '2');
  await until(() => running.readings.emitted.length === 3);
  expect(running.readings.emitted.map(({ series: name, value, retained }) => [name, value, retained])).toEqual([
    ['taken', 1, undefined],
    ['left', 2, undefined],
    ['taken', 2, undefined],
  ]);
});

test('what wildcards match names the series, over a thousand topics', async () => {
  await using broker = await ScriptedBroker.open();
  const series = { 'temp_{1}': { topic: 'home/+/climate', value: 'temperature' }, 'all_{1}': { topic: 'home/#' } };
  await using running = new Running({ url: broker.url, version: 4, series: { 'temp_{1}': series['temp_{1}'] } });
  await running.start();
  for (let room = 0; room < 1000; room += 1) broker.publish(`home/room${room}/climate`, `{"temperature": ${room}}`);
  await until(() => running.readings.emitted.length === 1000);
  expect(running.readings.emitted[417]).toMatchObject({ series: 'temp_room417', value: 417 });
});

test('a topic of several series and overlapping wildcards gives each of them one reading', async () => {
  await using broker = await ScriptedBroker.open();
  const series = {
    power: { topic: 'tele/desk/SENSOR', value: 'ENERGY.Power', unit: 'W' },
    energy: { topic: 'tele/desk/SENSOR', value: 'ENERGY.Total', unit: 'kWh' },
    'any_{1}': { topic: 'tele/+/SENSOR', value: 'ENERGY.Total' },
    'rest_{1}': { topic: 'tele/#', value: 'ENERGY.Total' },
  };
  await using running = new Running({ url: broker.url, version: 4, series });
  await running.start();
  expect(broker.of('subscribe')[0]).toMatchObject({ subscriptions: [{ topic: 'tele/#', qos: 1 }] });
  broker.publish('tele/desk/SENSOR', '{"ENERGY": {"Power": 31, "Total": 2.5}}');
  await until(() => running.readings.emitted.length === 4);
  expect(running.readings.emitted.map((reading) => [reading.series, reading.value, reading.unit])).toEqual([
    ['power', 31, 'W'],
    ['energy', 2.5, 'kWh'],
    ['any_desk', 2.5, undefined],
    ['rest_desk_SENSOR', 2.5, undefined],
  ]);
});

test('messages of one topic keep their order where an expression takes its time', async () => {
  await using broker = await ScriptedBroker.open();
  const series = { sum: { topic: 'list', value: '$sum(values)' } };
  await using running = new Running({ url: broker.url, version: 4, series });
  await running.start();
  for (let count = 1; count <= 20; count += 1)
    broker.publish('list', JSON.stringify({ values: Array.from({ length: 21 - count }, () => 1) }), 1, count);
  await until(() => broker.of('puback').length === 20);
  expect(running.readings.emitted.map(({ value }) => value)).toEqual(
    Array.from({ length: 20 }, (_, index) => 20 - index),
  );
});

test('payloads that are no JSON are numbers in strict notation, or text', async () => {
  await using broker = await ScriptedBroker.open();
  await using running = new Running({ url: broker.url, version: 4, series: { plain: { topic: 'plain' } } });
  await running.start();
  const payloads = ['21.5', 'ON', '0x10', '1e999', '1,5', '9007199254740993', '\uFEFF7', ' 8 ', '1 2'];
  for (const payload of payloads) broker.publish('plain', payload);
  await until(() => running.readings.emitted.length === payloads.length);
  expect(running.readings.emitted.map(({ value }) => value)).toEqual([
    21.5,
    'ON',
    '0x10',
    '1e999',
    '1,5',
    '9007199254740993',
    7,
    8,
    '1 2',
  ]);
});

test('a filter covers what it would match anyway', () => {
  expect(covers('a/#', 'a')).toBe(true);
  expect(covers('a/+/c', 'a/b/c')).toBe(true);
  expect(covers('a/+', 'a/#')).toBe(false);
  expect(covers('#', '$SYS/load')).toBe(false);
  const options = mqttOptions.parse({
    url: 'mqtt://localhost',
    series: { a: { topic: 'a/b', qos: 2 }, b: { topic: 'a/+' }, c: { topic: 'x' } },
  });
  expect([...filtersOf(options)]).toEqual([
    ['a/+', 2],
    ['x', 1],
  ]);
});

test('options that cannot work are refused with a sentence', () => {
  const refused = (options: unknown): string => mqttOptions.safeParse(options).error?.issues[0]?.message ?? '';
  expect(refused({ series: {} })).toContain('either "url" or "broker"');
  expect(refused({ url: 'mqtt://a', broker: { port: 1 }, series: {} })).toContain('either "url" or "broker"');
  expect(refused({ url: 'http://a', series: {} })).toContain('mqtt://');
  expect(refused({ url: 'mqtt://a', series: { a: { topic: 'a+/b' } } })).toContain('expected a topic');
  expect(refused({ url: 'mqtt://a', series: {}, colour: 'red' })).toContain('colour');
});

test('a recorded message gives the readings it would have given: at their own time, or at its arrival', async () => {
  const options = mqttOptions.parse({
    url: 'mqtt://localhost',
    series: { 'desk_{1}': { topic: 'tele/+/SENSOR', value: 'P' }, own: { topic: 'tele/#', value: 'P', time: 'T' } },
  });
  const message = { time: 1_711_800_000_000, topic: 'tele/a/SENSOR', payload: '{"P": 3, "T": "2024-03-30T10:00:00Z"}' };
  const readings = await plugin.replay?.(options, message);
  expect(readings?.map(({ series, time }) => [series, time])).toEqual([
    ['desk_a', undefined],
    ['own', '2024-03-30T10:00:00Z'],
  ]);
});

test.skipIf(!existsSync(FIXTURES))(
  'recorded traffic passes through a # subscription without a line a message',
  async () => {
    await using broker = await ScriptedBroker.open();
    await using running = new Running({ url: broker.url, version: 4, series: { 'all_{1}': { topic: '#' } } });
    await running.start();
    let sent = 0;
    for (const file of globSync('**/*.jsonl', { cwd: FIXTURES })) {
      for (const line of readFileSync(join(FIXTURES, file), 'utf8').split('\n')) {
        if (line.trim() === '') continue;
        const { topic, payload } = JSON.parse(line) as { topic?: string; payload?: unknown };
        if (typeof topic !== 'string' || topic === '') continue;
        sent += 1;
        broker.publish(
          topic,
          typeof payload === 'string' ? payload : JSON.stringify(payload ?? null),
          1,
          (sent % 65_000) + 1,
        );
      }
    }
    expect(sent).toBeGreaterThan(100);
    await until(() => broker.of('puback').length === sent);
    expect(running.log.lines).toEqual([]);
    expect(broker.connects).toHaveLength(1);
  },
);
