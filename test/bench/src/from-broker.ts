import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender, Figures, Run } from './bench-case.ts';
import { startBroker } from './brokers.ts';
import type { BrokerName } from './brokers.ts';
import { mqttConfiguration, startDayfold, storedIn, whenReady } from './dayfold.ts';
import type { Flow, Flowed } from './feed/publisher.ts';
import { cpuSecondsOf, memoryOf, Subject } from './subject.ts';

export interface BrokerCase {
  readonly broker: BrokerName;
  readonly qos: 0 | 1 | 2;
  readonly topics: number;
  /** As fast as the broker takes them where left out. */
  readonly perSecond?: number;
  /** Attributes that dayfold folds from the first series. */
  readonly attributes?: number;
}

interface Subscriber {
  readonly subject: Subject;
  /** Messages it has taken for good. */
  readonly taken: () => Promise<number>;
}

/** So few may wait for a commit as long as `commit_every` allows; how long the last ones wait is no rate. */
const FEW = 16;
/** Looking takes some of the core that the broker is on. */
const LOOK_MS = 50;
const SETTLE_MS = 90_000;

export function dayfoldOnBroker(name: string, brokerCase: BrokerCase): Contender {
  return {
    name,
    run: async (run) =>
      await fromBroker(run, brokerCase, async (brokerPort) => {
        const { broker, qos, topics, attributes = Math.min(topics, 50) } = brokerCase;
        const version = versionOf(broker);
        const configuration = await mqttConfiguration({
          brokerPort,
          qos,
          version,
          attributes,
          // The last few wait as long, which a short look does not.
          ...(run.isQuick ? { commitEvery: '200ms' } : {}),
        });
        const started = startDayfold(run.folder, configuration);
        await whenReady(started);
        return { subject: started.subject, taken: async () => storedIn(run.folder) };
      }),
  };
}

/** mqtt.js with a handler that does nothing. */
export function idleOnBroker(name: string, brokerCase: BrokerCase): Contender {
  const script = join(import.meta.dirname, 'references/idle-subscriber.ts');
  return {
    name,
    run: async (run) =>
      await fromBroker(run, brokerCase, async (port) => {
        const { broker, qos } = brokerCase;
        const subject = Subject.node([script, String(port), String(qos), String(versionOf(broker))], {
          place: 'measured',
        });
        await subject.message();
        const taken = async (): Promise<number> => {
          subject.tell({});
          return (await subject.message<{ received: number }>()).received;
        };
        return { subject, taken };
      }),
  };
}

/** A subscriber behind a broker. Throws unless it takes each message once. */
async function fromBroker(
  run: Run,
  { broker: brokerName, qos, topics, perSecond }: BrokerCase,
  start: (port: number) => Promise<Subscriber>,
): Promise<Figures> {
  const broker = await startBroker(brokerName, run.folder);
  await using _broker = broker.subject;
  const options = JSON.stringify({ port: broker.port, qos, topics });
  await using publisher = Subject.node([join(import.meta.dirname, 'feed/publisher.ts'), options], { place: 'helper' });
  await publisher.message();
  const { subject, taken } = await start(broker.port);
  await using _subject = subject;
  const flow = async (ms: number): Promise<number> => {
    publisher.tell({ ms, ...(perSecond === undefined ? {} : { perSecond }) } satisfies Flow);
    return (await subject.whileAlive(publisher.message<Flowed>())).sent;
  };
  const before = await flow(run.isQuick ? 300 : 1500);
  await until(subject, taken, before);
  const from = { at: performance.now(), cpu: cpuSecondsOf(subject.pid) };
  const sent = await flow(run.isQuick ? 500 : 3000);
  await until(subject, taken, before + sent - FEW);
  const to = { at: performance.now(), cpu: cpuSecondsOf(subject.pid) };
  await until(subject, taken, before + sent);
  const surplus = (await taken()) - before - sent;
  if (surplus !== 0) throw new Error(`${before + sent} messages were sent, ${surplus} more were taken`);
  return {
    ...(perSecond === undefined ? { per_second: ((sent - FEW) * 1000) / (to.at - from.at) } : {}),
    cpu_us: ((to.cpu - from.cpu) * 1e6) / sent,
    peak_mb: memoryOf(subject.pid).peakMb,
  };
}

async function until(subject: Subject, taken: () => Promise<number>, count: number): Promise<void> {
  const end = performance.now() + SETTLE_MS;
  let seen = 0;
  while ((seen = await taken()) < count) {
    if (subject.hasEnded) throw new Error(`the process ended early: ${subject.output.slice(0, 1000)}`);
    if (performance.now() > end) throw new Error(`${count} messages were sent, ${seen} are taken`);
    await sleep(LOOK_MS);
  }
}

/** The newest that both speak: aedes ends with 3.1.1. */
function versionOf(broker: BrokerName): 4 | 5 {
  return broker === 'aedes' ? 4 : 5;
}
