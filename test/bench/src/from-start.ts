import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Contender, Run } from './bench-case.ts';
import { mqttConfiguration, startDayfold } from './dayfold.ts';
import type { FeedOptions } from './feed/feed.ts';
import { prepareNodeRed } from './node-red.ts';
import { spreadOf } from './statistics.ts';
import { dropFromCache } from './stores.ts';
import { memoryOf, Subject } from './subject.ts';

/** Resident memory is looked at when what a start leaves behind has been collected. */
const REST_MS = 5000;
const SERIES = 100;

/** Node.js until its first line of JavaScript: what no daemon in it can be faster than. */
export function bareNode(name: string): Contender {
  return { name, run: async (run) => await started(run, async () => bare) };
}

export interface StartOptions {
  readonly attributes?: number;
  readonly keep?: string;
  /** Ended by kill -9 each time, so that the next start looks through what is stored. */
  readonly isKilled?: boolean;
  /** Fills the data folder, once a run. */
  readonly prepare?: (run: Run) => Promise<void>;
}

/** From the start of the process to its SUBSCRIBE. */
export function dayfoldStarts(name: string, options: StartOptions = {}): Contender {
  const { attributes = 10, keep = '35d', prepare, isKilled = false } = options;
  return {
    name,
    run: async (run) => {
      await prepare?.(run);
      return await started(
        run,
        async (port) => {
          const configuration = await mqttConfiguration({ brokerPort: port, qos: 1, version: 5, attributes, keep });
          dropFromCache(run.folder);
          return () => startDayfold(run.folder, configuration).subject;
        },
        isKilled,
      );
    },
  };
}

export function nodeRedStarts(name: string): Contender {
  return {
    name,
    run: async (run) =>
      await started(run, async (port) => {
        const nodeRed = await prepareNodeRed(run.folder, { brokerPort: port, qos: 1 });
        return () => nodeRed.start();
      }),
  };
}

function bare(): Subject {
  const script = 'process.send({ subscribed: true }); setInterval(() => undefined, 2 ** 30)';
  return Subject.node(['-e', script], { place: 'measured' });
}

/** `ms` is the median of several starts, `rss_mb` what the last one holds at rest. */
async function started(
  run: Run,
  prepared: (port: number) => Promise<() => Subject>,
  isKilled = false,
): Promise<{ readonly ms: number; readonly rss_mb: number }> {
  const times: number[] = [];
  const starts = run.isQuick ? 2 : 5;
  for (let start = 1; ; start += 1) {
    await using feed = startFeed();
    const { port } = await feed.message<{ port: number }>();
    const begin = await prepared(port);
    const from = performance.now();
    await using subject = begin();
    await subject.whileAlive(Promise.race([feed.message(), subject.heard()]));
    times.push(performance.now() - from);
    if (start === starts) {
      await sleep(run.isQuick ? 500 : REST_MS);
      return { ms: spreadOf(times).median, rss_mb: memoryOf(subject.pid).rssMb };
    }
    await subject.stop(isKilled ? 'SIGKILL' : 'SIGTERM');
  }
}

function startFeed(): Subject {
  const options: FeedOptions = { qos: 1, topics: SERIES, window: SERIES, warmMs: 0, measureMs: 0 };
  return Subject.node([join(import.meta.dirname, 'feed/feed.ts'), JSON.stringify(options)], { place: 'helper' });
}
