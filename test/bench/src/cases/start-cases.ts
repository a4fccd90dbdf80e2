import type { BenchCase } from '../bench-case.ts';
import { bareNode, dayfoldStarts, nodeRedStarts } from '../from-start.ts';
import { fillStore } from '../stores.ts';

const YEAR = { days: 365, readings: 10_000_000, attributes: 10 };
const TWO_YEARS = { days: 730, readings: 1_000_000, attributes: 10 };

/** From the start of the process to its first subscription, and the memory it holds at rest. */
export const startCases: readonly BenchCase[] = [
  {
    name: 'start',
    title: 'Start to the first subscription, and memory at rest, against bare Node.js and Node-RED',
    contenders: [
      bareNode('node'),
      nodeRedStarts('node-red'),
      dayfoldStarts('dayfold'),
      dayfoldStarts('dayfold, 50 × attributes', { attributes: 500 }),
    ],
    goals: [
      { figure: 'ms', of: 'dayfold', to: 'node', most: 8 },
      { figure: 'ms', of: 'dayfold', to: 'node-red', most: 0.5 },
      { figure: 'rss_mb', of: 'dayfold', to: 'node', most: 2.2 },
      { figure: 'rss_mb', of: 'dayfold', to: 'node-red', most: 0.65 },
      { figure: 'ms', of: 'dayfold, 50 × attributes', to: 'dayfold' },
    ],
  },
  {
    name: 'start-store',
    title:
      'Start with an empty store, with two years of days, and with a year of 10 million readings, also after it was killed',
    contenders: [
      dayfoldStarts('empty'),
      dayfoldStarts('two years', { keep: '1000d', prepare: async (run) => await fillStore(run, TWO_YEARS) }),
      dayfoldStarts('10 million readings', { keep: '1000d', prepare: async (run) => await fillStore(run, YEAR) }),
      dayfoldStarts('10 million readings, after kill -9', {
        keep: '1000d',
        prepare: async (run) => await fillStore(run, YEAR),
        isKilled: true,
      }),
    ],
    goals: [
      { figure: 'ms', of: 'two years', to: 'empty', most: 1.15 },
      { figure: 'ms', of: '10 million readings', to: 'empty', most: 1.15 },
      { figure: 'ms', of: '10 million readings, after kill -9', to: 'empty' },
    ],
  },
];
