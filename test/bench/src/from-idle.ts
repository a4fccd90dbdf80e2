import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Figures, Run } from './bench-case.ts';
import { mqttConfiguration, startDayfold, storedIn, whenReady } from './dayfold.ts';
import type { FeedOptions, FeedResult } from './feed/feed.ts';
import { WIDE } from './from-feed.ts';
import { prepareNodeRed } from './node-red.ts';
import type { IdleDay } from './jobs/idle-day.ts';
import { cpuSecondsOf, memoryOf, Subject } from './subject.ts';
import { countedNode, countSyncs, syncsBetween } from './syncs.ts';
import { wakeupsOf, writtenMbOf } from './watching.ts';

const DAY_S = 86_400;
/** A reading of each series so often. */
const EVERY_S = 10;
/** What a start leaves to do is over by then. */
const REST_MS = 10_000;
const WINDOW_MS = 30_000;
/** A disk that takes 20 ms for a sync makes a simulated day take six minutes. */
const DAY_WITHIN_MS = 900_000;

/** Node.js with a timer of one second: what any daemon in it costs at rest. */
export function timerInNode(name: string): Contender {
  const script = 'process.send({}); setInterval(() => undefined, 1000)';
  return {
    name,
    run: async (run) => {
      await using subject = Subject.node(['-e', script], { place: 'measured' });
      await subject.message();
      return await watched(run, subject);
    },
  };
}

/** The daemon as it is run, its web port open, a socket for its broker; without series it hears nothing. */
export function dayfoldAtRest(name: string, series: number): Contender {
  return {
    name,
    run: async (run) =>
      await besideFeed(run, series, async (brokerPort) => {
        const attributes = Math.max(1, Math.min(series, 50));
        const configuration = await mqttConfiguration({ brokerPort, qos: 1, version: 5, attributes });
        const started = startDayfold(run.folder, configuration);
        return {
          subject: started.subject,
          ready: async () => await whenReady(started),
          stored: () => storedIn(run.folder),
        };
      }),
  };
}

export function nodeRedAtRest(name: string, series: number): Contender {
  return {
    name,
    run: async (run) =>
      await besideFeed(run, series, async (port) => {
        const nodeRed = await prepareNodeRed(run.folder, { brokerPort: port, qos: 1 });
        return { subject: nodeRed.start(), ready: async () => await Promise.resolve() };
      }),
  };
}

/** The engine of dayfold alone on a moved clock, scaled to a day: so many hours take as long as their work. */
export function dayfoldForHours(name: string, series: number, hours: number): Contender {
  return forHours(name, 'idle-day.ts', series, hours);
}

/** As many readings appended as often, and no more: what no journal that syncs so often can be below. */
export function appendsForHours(name: string, series: number, hours: number, to: 'table' | 'file'): Contender {
  return forHours(name, 'append-day.ts', series, hours, to);
}

function forHours(name: string, job: string, series: number, hours: number, ...more: readonly string[]): Contender {
  const script = join(import.meta.dirname, 'jobs', job);
  return {
    name,
    run: async ({ folder, isQuick }) => {
      const lived = isQuick ? 0.1 : hours;
      const file = join(folder, 'syncs.txt');
      const args = ['--conditions=@dayfold/source', script, folder, String(series), String(lived), ...more];
      await using subject = countedNode(args, file, { place: 'measured' });
      const { from, to, ...figures } = await subject.message<IdleDay>(DAY_WITHIN_MS);
      await subject.ended();
      const syncs = syncsBetween(file, from, to);
      return { ...figures, syncs_day: syncs === undefined ? undefined : (syncs * 24) / lived };
    },
  };
}

interface Resting {
  readonly subject: Subject;
  readonly ready: () => Promise<void>;
  readonly stored?: () => number;
}

/** Throws unless what the feed sent meanwhile is stored. */
async function besideFeed(run: Run, series: number, start: (port: number) => Promise<Resting>): Promise<Figures> {
  const options: FeedOptions = {
    qos: 1,
    topics: Math.max(1, series),
    window: WIDE - 1,
    perSecond: series / EVERY_S,
    warmMs: 0,
    measureMs: 2 * windowMs(run) + restMs(run),
  };
  await using feed = Subject.node([join(import.meta.dirname, 'feed/feed.ts'), JSON.stringify(options)], {
    place: 'helper',
  });
  const { port } = await feed.message<{ port: number }>();
  const { subject, ready, stored } = await start(port);
  await using _subject = subject;
  await subject.whileAlive(feed.message());
  await ready();
  feed.tell({ pid: subject.pid });
  const figures = await watched(run, subject);
  const { sent } = await subject.whileAlive(feed.message<FeedResult>());
  await subject.stop();
  const count = stored?.() ?? sent;
  if (count !== sent) throw new Error(`${sent} messages were sent, ${count} are stored`);
  return figures;
}

/** A window of time; another one for the syncs, since who counts them disturbs the rest. Scaled to a day. */
async function watched(run: Run, { pid }: Subject): Promise<Figures> {
  await sleep(restMs(run));
  const look = () => ({ at: performance.now(), cpu: cpuSecondsOf(pid), wakeups: wakeupsOf(pid), mb: writtenMbOf(pid) });
  const from = look();
  await sleep(windowMs(run));
  const to = look();
  const seconds = (to.at - from.at) / 1000;
  const counting = await countSyncs(pid);
  const began = performance.now();
  if (counting !== undefined) await sleep(windowMs(run));
  const syncs = await counting?.end();
  return {
    wakeups_per_second: (to.wakeups - from.wakeups) / seconds,
    cpu_permille: ((to.cpu - from.cpu) * 1000) / seconds,
    written_mb_day: ((to.mb - from.mb) * DAY_S) / seconds,
    syncs_day: syncs === undefined ? undefined : (syncs * DAY_S * 1000) / (performance.now() - began),
    rss_mb: memoryOf(pid).rssMb,
  };
}

function windowMs({ isQuick }: Run): number {
  return isQuick ? 2000 : WINDOW_MS;
}

function restMs({ isQuick }: Run): number {
  return isQuick ? 500 : REST_MS;
}
