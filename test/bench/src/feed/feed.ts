import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentileOf } from '../statistics.ts';
import { cpuSecondsOf, memoryOf } from '../subject.ts';
import { PlayedBroker } from './played-broker.ts';
import type { PlayOptions } from './played-broker.ts';

/** What the feed is started with, as JSON in its first argument. */
export interface FeedOptions extends PlayOptions {
  readonly warmMs: number;
  readonly measureMs: number;
  /** Ends after so many messages instead, without a warm-up. */
  readonly count?: number;
}

export interface FeedResult {
  readonly sent: number;
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly peakMb: number;
  /** From when a message was due to its acknowledgement; of each message, where they were sent at a pace. */
  readonly latency?: { readonly p50Ms: number; readonly p99Ms: number };
}

const options = JSON.parse(process.argv[2] ?? '') as FeedOptions;

interface Moment {
  readonly at: number;
  readonly cpu: number;
  readonly done: number;
}

async function main(): Promise<void> {
  const subscribed = Promise.withResolvers<PlayedBroker>();
  let first: PlayedBroker | undefined;
  const server = createServer((socket) => {
    const one = new PlayedBroker(socket, options, () => {
      first ??= one;
      subscribed.resolve(one);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
  const go = new Promise<number>((resolve) =>
    process.once('message', (message) => resolve((message as { pid: number }).pid)),
  );
  const broker = await subscribed.promise;
  process.send?.({ subscribed: true });
  const pid = await go;
  broker.prepare();
  const now = async (): Promise<Moment> => {
    const done = await broker.settled();
    return { at: performance.now(), cpu: cpuSecondsOf(pid), done };
  };
  const [from, to] = await measured(broker, now);
  const { peakMb } = memoryOf(pid);
  const count = to.done - from.done;
  await broker.end();
  const latencies = broker.takeLatenciesMs();
  const result: FeedResult = {
    sent: broker.sent,
    perSecond: (count * 1000) / (to.at - from.at),
    cpuUs: ((to.cpu - from.cpu) * 1e6) / count,
    peakMb,
    ...(latencies.length === 0
      ? {}
      : { latency: { p50Ms: percentileOf(latencies, 50), p99Ms: percentileOf(latencies, 99) } }),
  };
  process.send?.(result);
  await new Promise((resolve) => process.once('disconnect', resolve));
  broker.close();
  process.exit(0);
}

/** The moments between which is measured. */
async function measured(broker: PlayedBroker, now: () => Promise<Moment>): Promise<[Moment, Moment]> {
  const { count, perSecond, warmMs, measureMs } = options;
  if (count !== undefined) {
    const from = await now();
    broker.begin(count);
    await broker.end();
    return [from, await now()];
  }
  if (perSecond === undefined) {
    broker.begin();
    await sleep(warmMs);
    const from = await now();
    await sleep(measureMs);
    return [from, await now()];
  }
  // At a pace what waits for a commit is many a second's messages: all of them are waited for, before and after.
  if (warmMs > 0) {
    broker.begin();
    await sleep(warmMs);
    await broker.end();
    broker.takeLatenciesMs();
  }
  const from = await now();
  broker.begin();
  await sleep(measureMs);
  await broker.end();
  return [from, await now()];
}

await main();
