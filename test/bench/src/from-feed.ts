import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Figures, Run } from './bench-case.ts';
import { mqttConfiguration, startDayfold, storedIn } from './dayfold.ts';
import type { FeedOptions, FeedResult } from './feed/feed.ts';
import { prepareNodeRed } from './node-red.ts';
import type { NodeRed } from './node-red.ts';
import { memoryOf, Subject } from './subject.ts';

const SOURCE = import.meta.dirname;
/** mqtt.js closes a connection after so many; the same for all: no client waits for another's limit. */
export const WIDE = 65_535;

export interface FeedCase {
  readonly qos: 0 | 1 | 2;
  readonly topics: number;
  readonly window?: number;
  readonly version?: 4 | 5;
  /** At a pace, which gives latencies; as fast as the subscriber takes them where left out. */
  readonly perSecond?: number;
  /** Ends after so many, without a warm-up, and looks at the memory held at rest behind them. */
  readonly count?: number;
  /** Attributes that dayfold folds from the first series. */
  readonly attributes?: number;
  readonly commitEvery?: string;
}

/** A pace below this needs longer for its slowest hundredth to be more than one message. */
const SLOW = 1000;
/** What a load leaves behind has been collected by then. */
const REST_MS = 5000;
const SETTLE_MS = 30_000;

/** A subscriber on the socket feed; `check` gets the number of messages sent, once all of them are acknowledged. */
export async function fromFeed(
  run: Run,
  { qos, topics, window = WIDE, perSecond, count }: FeedCase,
  start: (port: number) => Promise<Subject> | Subject,
  check: (sent: number, subject: Subject) => Promise<void> = async () => undefined,
): Promise<Figures> {
  const options: FeedOptions = {
    qos,
    topics,
    // Ids of unacknowledged messages must differ.
    window: Math.min(window, WIDE - 1),
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(count === undefined ? {} : { count: run.isQuick ? Math.ceil(count / 50) : count }),
    warmMs: run.isQuick ? 300 : 1500,
    measureMs: run.isQuick ? 500 : perSecond === undefined ? 3000 : perSecond < SLOW ? 12_000 : 5000,
  };
  await using feed = Subject.node([join(SOURCE, 'feed/feed.ts'), JSON.stringify(options)], { place: 'helper' });
  const { port } = await feed.message<{ port: number }>();
  await using subject = await start(port);
  await subject.whileAlive(feed.message());
  feed.tell({ pid: subject.pid });
  const result = await subject.whileAlive(feed.message<FeedResult>());
  if (count !== undefined) await sleep(run.isQuick ? 500 : REST_MS);
  const { rssMb } = memoryOf(subject.pid);
  await check(result.sent, subject);
  const { perSecond: rate, cpuUs, peakMb, latency } = result;
  return {
    ...(perSecond === undefined ? { per_second: rate } : {}),
    cpu_us: cpuUs,
    peak_mb: peakMb,
    ...(count === undefined ? {} : { rss_mb: rssMb }),
    ...(latency === undefined ? {} : { p50_ms: latency.p50Ms, p99_ms: latency.p99Ms }),
  };
}

export function dayfoldOnFeed(name: string, feedCase: FeedCase): Contender {
  return {
    name,
    run: async (run) =>
      await fromFeed(
        run,
        feedCase,
        async (brokerPort) => {
          const { qos, topics, version = 5, attributes = Math.min(topics, 50), commitEvery } = feedCase;
          const configuration = await mqttConfiguration({
            brokerPort,
            qos,
            version,
            attributes,
            ...(commitEvery === undefined ? {} : { commitEvery }),
          });
          return startDayfold(run.folder, configuration).subject;
        },
        async (sent, subject) => {
          await subject.stop();
          const stored = storedIn(run.folder);
          if (stored !== sent) throw new Error(`${sent} messages were sent, ${stored} are stored`);
        },
      ),
  };
}

/** mqtt.js with a handler that does nothing. */
export function idleOnFeed(name: string, feedCase: FeedCase): Contender {
  const script = join(SOURCE, 'references/idle-subscriber.ts');
  return {
    name,
    run: async (run) =>
      await fromFeed(run, feedCase, (port) =>
        Subject.node([script, String(port), String(feedCase.qos), String(feedCase.version ?? 5)], {
          place: 'measured',
        }),
      ),
  };
}

/** The same job in Node-RED. */
export function nodeRedOnFeed(name: string, feedCase: FeedCase): Contender {
  return {
    name,
    run: async (run) => {
      let nodeRed: NodeRed | undefined;
      return await fromFeed(
        run,
        feedCase,
        async (brokerPort) => {
          nodeRed = await prepareNodeRed(run.folder, { brokerPort, qos: feedCase.qos });
          return nodeRed.start();
        },
        async (sent) => {
          // It acknowledges before it counts.
          const until = performance.now() + SETTLE_MS;
          for (let counted = -1; counted !== sent; await sleep(200)) {
            if (performance.now() > until) throw new Error(`${sent} messages were sent, ${counted} are counted`);
            counted = sumOf((await nodeRed?.counts()) ?? new Map());
          }
        },
      );
    },
  };
}

export function parserOnFeed(name: string, feedCase: FeedCase): Contender {
  const script = join(SOURCE, 'references/packet-parser.ts');
  return {
    name,
    run: async (run) =>
      await fromFeed(run, feedCase, (port) =>
        Subject.node([script, String(port), String(feedCase.qos)], { place: 'measured' }),
      ),
  };
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((sum, count) => sum + count, 0);
}
