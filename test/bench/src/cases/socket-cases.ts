import type { BenchCase } from '../bench-case.ts';
import { dayfoldOnFeed, idleOnFeed, parserOnFeed } from '../from-feed.ts';

const TOPICS = 1000;
const MORE = 'dayfold, 10 × series';
const MORE_TOPICS = { topics: 10 * TOPICS, attributes: 500 };

/** QoS 2 takes two exchanges a message: wider, and mqtt.js finishes none before the last has begun. */
const QOS_2_WINDOW = 1000;

/** QoS 2, which takes two exchanges a message, has no goal. */
const LEAST_RATE = { 0: { least: 0.5 }, 1: { least: 1.5 }, 2: {} };

/** Packets come from a socket without a broker: the limit of the subscriber itself. */
export const socketCases: readonly BenchCase[] = [
  ...([0, 1, 2] as const).map((qos) => onSocket(qos)),
  {
    name: 'window-20',
    title: 'QoS 1 from a broker that allows 20 messages in flight, against mqtt.js without that limit',
    contenders: [
      idleOnFeed('mqtt.js', { qos: 1, topics: TOPICS }),
      dayfoldOnFeed('dayfold', { qos: 1, topics: TOPICS, window: 20, version: 4 }),
      dayfoldOnFeed(MORE, { qos: 1, ...MORE_TOPICS, window: 20, version: 4 }),
    ],
    goals: [
      { figure: 'per_second', of: 'dayfold', to: 'mqtt.js', least: 0.3 },
      { figure: 'cpu_us', of: MORE, to: 'dayfold' },
    ],
  },
];

function onSocket(qos: 0 | 1 | 2): BenchCase {
  const feed = { qos, topics: TOPICS, ...(qos === 2 ? { window: QOS_2_WINDOW } : {}) };
  return {
    name: `socket-qos${qos}`,
    title: `Durable ingest from a socket, QoS ${qos}, ${TOPICS} topics`,
    contenders: [
      idleOnFeed('mqtt.js', feed),
      parserOnFeed('mqtt-packet', feed),
      dayfoldOnFeed('dayfold', feed),
      dayfoldOnFeed(MORE, { ...feed, ...MORE_TOPICS }),
    ],
    goals: [
      { figure: 'per_second', of: 'dayfold', to: 'mqtt.js', ...LEAST_RATE[qos] },
      { figure: 'cpu_us', of: 'dayfold', to: 'mqtt.js', ...(qos === 1 && { most: 0.7 }) },
      { figure: 'cpu_us', of: MORE, to: 'dayfold' },
    ],
  };
}
