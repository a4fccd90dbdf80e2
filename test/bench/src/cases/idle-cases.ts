import type { BenchCase } from '../bench-case.ts';
import { appendsForHours, dayfoldAtRest, dayfoldForHours, nodeRedAtRest, timerInNode } from '../from-idle.ts';

const SENSORS = 100;

/** What a quiet home costs: wake-ups, memory, and what wears an SD card. */
export const idleCases: readonly BenchCase[] = [
  {
    name: 'idle',
    title: `At rest: no message at all, and ${SENSORS} sensors with a reading each 10 s; half a minute, scaled to a day`,
    mostRounds: 3,
    contenders: [
      timerInNode('node, a timer of 1 s'),
      dayfoldAtRest('dayfold, no messages', 0),
      nodeRedAtRest('node-red', SENSORS),
      dayfoldAtRest('dayfold', SENSORS),
      dayfoldAtRest('dayfold, 10 × sensors', 10 * SENSORS),
    ],
    goals: [
      { figure: 'rss_mb', of: 'dayfold, no messages', to: 'node, a timer of 1 s', most: 2.2 },
      { figure: 'wakeups_per_second', of: 'dayfold, no messages', to: 'node, a timer of 1 s' },
      { figure: 'wakeups_per_second', of: 'dayfold', to: 'node-red' },
      { figure: 'rss_mb', of: 'dayfold', to: 'node-red' },
    ],
    bounds: [{ figure: 'wakeups_per_second', of: 'dayfold, no messages', most: 2 }],
  },
  {
    name: 'idle-day',
    title: `${SENSORS} sensors with a reading each 10 s: a day on a moved clock, each write and sync of it counted`,
    mostRounds: 1,
    contenders: [
      appendsForHours('a file', SENSORS, 24, 'file'),
      appendsForHours('node:sqlite', SENSORS, 24, 'table'),
      dayfoldForHours('dayfold', SENSORS, 24),
      dayfoldForHours('dayfold, 10 × sensors', 10 * SENSORS, 2),
    ],
    goals: [
      { figure: 'written_mb_day', of: 'dayfold', to: 'node:sqlite' },
      { figure: 'written_mb_day', of: 'dayfold', to: 'a file' },
      { figure: 'written_mb_day', of: 'dayfold, 10 × sensors', to: 'dayfold' },
      { figure: 'syncs_day', of: 'dayfold, 10 × sensors', to: 'dayfold' },
    ],
    bounds: [
      { figure: 'written_mb_day', of: 'dayfold', most: 100 },
      { figure: 'syncs_day', of: 'dayfold', most: 20_000 },
    ],
  },
];
