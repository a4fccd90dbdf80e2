import type { BenchCase } from '../bench-case.ts';
import { dayfoldOnFeed } from '../from-feed.ts';

/** What a message costs as the home grows. */
export const growthCases: readonly BenchCase[] = [
  {
    name: 'many-series',
    title: '10,000 series and 500 attributes against 10 series and 10 attributes, QoS 1',
    contenders: [
      dayfoldOnFeed('10 series', { qos: 1, topics: 10, attributes: 10 }),
      dayfoldOnFeed('10,000 series', { qos: 1, topics: 10_000, attributes: 500 }),
    ],
    goals: [{ figure: 'cpu_us', of: '10,000 series', to: '10 series', most: 1.5 }],
  },
];
