import { join } from 'node:path';
import type { Contender, Figures, Run } from './bench-case.ts';
import { mqttConfiguration, startDayfold, storedReadings } from './dayfold.ts';
import type { FeedOptions, FeedResult } from './feed/feed.ts';
import { spreadOf } from './statistics.ts';
import { Subject } from './subject.ts';

const SOURCE = import.meta.dirname;
/** mqtt.js closes a connection after so many; the same for all: no client waits for another's limit. */
export const WIDE = 65_535;

export interface FeedCase {
  readonly qos: 0 | 1 | 2;
  readonly topics: number;
  readonly window?: number;
  readonly version?: 4 | 5;
  /** Attributes that dayfold folds from the first series. */
  readonly attributes?: number;
}

/** A subscriber on the socket feed; `check` gets the number of messages sent, once all of them are acknowledged. */
export async function fromFeed(
  run: Run,
  { qos, topics, window = WIDE }: FeedCase,
  start: (port: number) => Promise<Subject> | Subject,
  check: (sent: number, subject: Subject) => Promise<void> = async () => undefined,
): Promise<Figures> {
  const options: FeedOptions = {
    qos,
    topics,
    // Ids of unacknowledged messages must differ.
    window: Math.min(window, WIDE - 1),
    warmMs: run.isQuick ? 300 : 1500,
    measureMs: run.isQuick ? 500 : 3000,
  };
  await using feed = Subject.node([join(SOURCE, 'feed/feed.ts'), JSON.stringify(options)], { place: 'helper' });
  const { port } = await feed.message<{ port: number }>();
  await using subject = await start(port);
  await subject.whileAlive(feed.message());
  feed.tell({ pid: subject.pid });
  const result = await subject.whileAlive(feed.message<FeedResult>());
  await check(result.sent, subject);
  return {
    per_second: result.perSecond,
    cpu_us: result.cpuUs,
    peak_mb: result.peakMb,
    ...(result.latencyMs.length === 0 ? {} : { latency_ms: spreadOf(result.latencyMs).median }),
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
          const { qos, topics, version = 5, attributes = Math.min(topics, 50) } = feedCase;
          const configuration = await mqttConfiguration({ brokerPort, qos, version, attributes });
          return startDayfold(run.folder, configuration).subject;
        },
        async (sent, subject) => {
          await subject.stop();
          const stored = storedReadings(run.folder);
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
