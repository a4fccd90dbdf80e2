import { Clock, definePlugin, Health, Readings, Schedule, Storage } from '@dayfold/sdk';
import { FakeClock, harness, MemoryStorage } from '@dayfold/sdk/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';

const counter = definePlugin({
  name: 'counter',
  config: z.object({ every: z.number().default(1000) }),
  inject: [Readings, Schedule, Storage, Clock, Health],
  source: (config, readings, schedule, storage, clock, health) => ({
    async start(signal) {
      let count = Number((await storage.get('count')) ?? 0);
      health.ok('counting');
      schedule.every(config.every, signal, async () => {
        count += 1;
        await readings.emit([{ series: 'ticks', value: count, time: clock.now() }], { count });
      });
    },
  }),
});

test('a source runs on the time of the test and remembers over a restart', async () => {
  const storage = new MemoryStorage();
  const first = harness(counter, {}, { storage, now: 5_000_000_000_000 });
  await first.start();
  await first.advance(2500);
  expect(first.emitted.map(({ value, time }) => [value, time])).toEqual([
    [1, 5_000_000_000_000],
    [2, 5_000_000_001_000],
    [3, 5_000_000_002_000],
  ]);
  expect(first.health.history).toEqual([{ state: 'ok', message: 'counting' }]);
  await first.stop();
  await first.advance(60_000);
  expect(first.emitted).toHaveLength(3);
  expect(first.clock.sleeping).toBe(0);
  const second = harness(counter, {}, { storage });
  await second.start();
  await second.advance(0);
  expect(second.emitted.map(({ value }) => value)).toEqual([4]);
  await second.stop();
});

test('state is set only when its readings are durable', async () => {
  const run = harness(counter, {});
  run.readings.hold();
  await run.start();
  await run.advance(0);
  expect([run.readings.held, await run.storage.get('count')]).toEqual([1, undefined]);
  run.readings.release();
  await run.advance(0);
  expect([run.emitted.length, await run.storage.get('count')]).toEqual([1, 1]);
  await run.stop();
});

test('a mirrored table is exactly its rows, and tells what changed', async () => {
  const { readings } = harness(counter, {});
  const rows = async function* (...values: number[]) {
    yield values.map((value) => ({ series: 's', value }));
  };
  expect(await readings.mirror('t', rows(1, 1, 2))).toEqual({ added: 3, withdrawn: 0, unchanged: 0 });
  expect(await readings.mirror('t', rows(1, 2, 3))).toEqual({ added: 1, withdrawn: 1, unchanged: 2 });
  expect(readings.stored.map(({ value }) => value)).toEqual([1, 2, 3]);
});

test('malformed readings are refused whole', async () => {
  const { readings } = harness(counter, {});
  await expect(
    readings.emit([
      { series: 's', value: 1 },
      { series: 's', value: 1, time: 1, date: '2024-03-30' },
    ]),
  ).rejects.toThrow('more than one');
  expect(readings.emitted).toEqual([]);
});

test('sleepers wake in the order of their time and end with their signal', async () => {
  const clock = new FakeClock(0, 'UTC');
  const woken: number[] = [];
  for (const ms of [30, 10, 20]) void clock.sleep(ms).then(() => woken.push(ms));
  const abort = new AbortController();
  const sleep = clock.sleep(5, abort.signal);
  abort.abort(new Error('enough'));
  await expect(sleep).rejects.toThrow('enough');
  await clock.advance(25);
  expect([woken, clock.now(), clock.nextWake]).toEqual([[10, 20], 25, 5]);
});
