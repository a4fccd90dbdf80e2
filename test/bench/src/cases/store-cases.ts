import type { BenchCase, Run } from '../bench-case.ts';
import { job } from '../job.ts';

const daySeconds = ({ folder, isQuick }: Run): [string, number] => [folder, isQuick ? 5000 : 86_400];
const million = ({ folder, isQuick }: Run): [string, number] => [folder, isQuick ? 20_000 : 1_000_000];

export const storeCases: readonly BenchCase[] = [
  {
    name: 'refold',
    title: 'A late reading in a day of 86,400: folded again, against reading its rows by node:sqlite',
    contenders: [job('node:sqlite', 'raw-sqlite.ts', daySeconds), job('dayfold', 'late-readings.ts', daySeconds)],
    goals: [{ figure: 'refold_ms', of: 'dayfold', to: 'node:sqlite', toFigure: 'read_ms', most: 1.5 }],
  },
  {
    name: 'late-million',
    title: 'A million late readings of one day: stored, folded and folded again',
    contenders: [job('node:sqlite', 'raw-sqlite.ts', million), job('dayfold', 'late-readings.ts', million)],
    goals: [
      { figure: 'per_second', of: 'dayfold', to: 'node:sqlite' },
      { figure: 'refold_ms', of: 'dayfold', to: 'node:sqlite', toFigure: 'read_ms' },
    ],
  },
  {
    name: 'plan',
    title: 'Planning a sync over 100,000 waiting values',
    contenders: [
      job('10,000 values', 'plan-outbox.ts', () => [10_000]),
      job('dayfold', 'plan-outbox.ts', () => [100_000]),
    ],
    // Linear: ten times the values take ten times as long, with room for noise.
    goals: [{ figure: 'ms', of: 'dayfold', to: '10,000 values', most: 13 }],
    bounds: [
      { figure: 'ms', of: 'dayfold', most: 50 },
      { figure: 'surplus', of: 'dayfold', least: 0, most: 0 },
    ],
  },
];
