import type { BenchCase } from '../bench-case.ts';
import { dayfoldOnFeed, fromFeed } from '../from-feed.ts';
import type { FeedCase } from '../from-feed.ts';
import { prepareNodeRed } from '../node-red.ts';

/** CPU a message is the rate a CPU second turned over: 8 times the rate is an eighth of it. */
export const nodeRedCases: readonly BenchCase[] = ([0, 1] as const).map((qos) => {
  const feed: FeedCase = { qos, topics: 1000 };
  return {
    name: `node-red-qos${qos}`,
    title: `The same job in Node-RED, QoS ${qos}, 1000 topics`,
    contenders: [
      {
        name: 'node-red',
        run: async (run) =>
          await fromFeed(run, feed, async (port) => (await prepareNodeRed(run.folder, port, qos)).start()),
      },
      dayfoldOnFeed('dayfold', feed),
    ],
    goals: [
      { figure: 'cpu_us', of: 'dayfold', to: 'node-red', most: 1 / 8 },
      { figure: 'peak_mb', of: 'dayfold', to: 'node-red', most: 0.45 },
    ],
  };
});
