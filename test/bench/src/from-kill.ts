import { openSqliteStore } from '@dayfold/store-sqlite';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Figures, Run } from './bench-case.ts';
import { startBroker, untilConnected, untilSubscribed } from './brokers.ts';
import { mqttConfiguration, startDayfold } from './dayfold.ts';
import { topicOf } from './feed/packets.ts';
import type { Flow, Flowed } from './feed/publisher.ts';
import { prepareNodeRed } from './node-red.ts';
import { Subject } from './subject.ts';

/** Each message has a topic of its own, by which it is known again. */
const PER_SECOND = 1000;
const FLOW_MS = 5000;
const DOWN_MS = 500;
/** Nothing more comes when the counts have stood still for so long. */
const STILL_MS = 7000;
const LOOK_MS = 500;

interface Killable {
  start(): Subject;
  /** How often each topic was counted; while it runs. */
  counts(): Promise<ReadonlyMap<string, number>>;
}

/** Its session is kept by the broker, as it always asks. */
export function dayfoldKilled(name: string): Contender {
  return {
    name,
    run: async (run) =>
      await killed(run, async (brokerPort) => {
        const configuration = await mqttConfiguration({ brokerPort, qos: 1, version: 5, attributes: 10 });
        return {
          start: () => startDayfold(run.folder, configuration).subject,
          counts: async () => await storedByTopic(run.folder),
        };
      }),
  };
}

export function nodeRedKilled(name: string, isKept: boolean): Contender {
  return {
    name,
    run: async (run) =>
      await killed(run, async (brokerPort) => await prepareNodeRed(run.folder, { brokerPort, qos: 1, isKept })),
  };
}

async function killed(run: Run, prepared: (port: number) => Promise<Killable>): Promise<Figures> {
  const broker = await startBroker('mosquitto', run.folder);
  await using _broker = broker.subject;
  const ms = run.isQuick ? FLOW_MS / 5 : FLOW_MS;
  const topics = (PER_SECOND * FLOW_MS) / 1000 + PER_SECOND;
  const options = JSON.stringify({ port: broker.port, qos: 1, topics });
  await using publisher = Subject.node([join(import.meta.dirname, 'feed/publisher.ts'), options], { place: 'helper' });
  await publisher.message();
  const killable = await prepared(broker.port);
  const first = killable.start();
  await using _first = first;
  await untilSubscribed(broker, first);
  publisher.tell({ ms, perSecond: PER_SECOND } satisfies Flow);
  await sleep(ms / 2);
  await first.stop('SIGKILL');
  await sleep(DOWN_MS);
  const second = killable.start();
  await using _second = second;
  // The publisher, the one that was killed, and this one.
  await untilConnected(broker, 3, second);
  const { sent } = await publisher.message<Flowed>();
  const counts = await standingStill(killable);
  const each = Array.from({ length: sent }, (_, index) => counts.get(topicOf(index)) ?? 0);
  return {
    sent,
    lost: each.filter((count) => count === 0).length,
    twice: each.filter((count) => count > 1).length,
  };
}

async function standingStill(killable: Killable): Promise<ReadonlyMap<string, number>> {
  let last: ReadonlyMap<string, number> = new Map();
  for (let since = performance.now(); performance.now() - since < STILL_MS; await sleep(LOOK_MS)) {
    const now = await killable.counts();
    if (sumOf(now) !== sumOf(last)) since = performance.now();
    last = now;
  }
  return last;
}

/** Beside the running daemon. */
async function storedByTopic(folder: string): Promise<ReadonlyMap<string, number>> {
  const store = await openSqliteStore({ folder: join(folder, 'data'), readOnly: true });
  try {
    const names = await store.journal.series('home');
    const counts = new Map<string, number>();
    for (const name of names) {
      const readings = await store.journal.between(name, 0, Number.MAX_SAFE_INTEGER);
      counts.set(`bench/${name.slice('home.'.length)}/state`, readings.length);
    }
    return counts;
  } finally {
    await store.close();
  }
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return counts.values().reduce((sum, count) => sum + count, 0);
}
