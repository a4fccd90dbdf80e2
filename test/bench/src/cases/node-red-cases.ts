import type { BenchCase } from '../bench-case.ts';
import { dayfoldOnFeed, nodeRedOnFeed } from '../from-feed.ts';
import { dayfoldKilled, nodeRedKilled } from '../from-kill.ts';

const TOPICS = 1000;
const MILLION = { qos: 1, topics: TOPICS, count: 1_000_000 } as const;

/** The same job in what people would take instead. */
export const nodeRedCases: readonly BenchCase[] = [
  ...([0, 1] as const).map((qos): BenchCase => {
    const feed = { qos, topics: TOPICS };
    return {
      name: `node-red-qos${qos}`,
      title: `The same job in Node-RED, QoS ${qos}, ${TOPICS} topics`,
      contenders: [
        nodeRedOnFeed('node-red', feed),
        dayfoldOnFeed('dayfold', feed),
        dayfoldOnFeed('dayfold, 10 × series', { ...feed, topics: 10 * TOPICS, attributes: 500 }),
      ],
      goals: [
        // CPU a message is the rate a CPU second turned over: 8 times the rate is an eighth of it.
        { figure: 'cpu_us', of: 'dayfold', to: 'node-red', most: 1 / 8 },
        { figure: 'peak_mb', of: 'dayfold', to: 'node-red' },
        { figure: 'cpu_us', of: 'dayfold, 10 × series', to: 'dayfold' },
      ],
    };
  }),
  {
    name: 'node-red-million',
    title: `A million messages in dayfold and in Node-RED, QoS 1, ${TOPICS} topics, and the memory held 5 s later`,
    contenders: [nodeRedOnFeed('node-red', MILLION), dayfoldOnFeed('dayfold', MILLION)],
    goals: [
      { figure: 'rss_mb', of: 'dayfold', to: 'node-red', most: 0.45 },
      { figure: 'cpu_us', of: 'dayfold', to: 'node-red' },
    ],
  },
  {
    name: 'node-red-kill',
    title:
      'kill -9 in the midst of messages through mosquitto, QoS 1, then started again: what was lost, what counted twice',
    mostRounds: 3,
    contenders: [
      nodeRedKilled('node-red', false),
      nodeRedKilled('node-red, session and context kept', true),
      dayfoldKilled('dayfold'),
    ],
    bounds: [
      { figure: 'lost', of: 'node-red', least: 1 },
      { figure: 'lost', of: 'node-red, session and context kept', least: 1 },
      { figure: 'lost', of: 'dayfold', most: 0 },
      { figure: 'twice', of: 'dayfold', most: 0 },
    ],
  },
];
