import { expect, test } from 'vitest';
import { CATALOGUE } from '../src/index.ts';
import { runKills } from '../src/kills/kill-cycles.ts';
import { isBad, lineOf } from '../src/run-seed.ts';

/** Those that most often hit something half done. */
const STEPS = ['between commit and PUBACK', 'between answer and record', 'before a delta is marked', 'while it starts'];

test('one data folder lives through kill after kill', async () => {
  const steps = CATALOGUE.filter(({ name }) => STEPS.some((step) => name.startsWith(`kill ${step}`)));
  const results = await runKills({ seed: 11, rounds: 1, steps });
  expect(steps).toHaveLength(STEPS.length);
  expect(results.filter(isBad).map(lineOf)).toEqual([]);
  // Each step, and the comparison at the end.
  expect(results.filter(({ struck }) => struck)).toHaveLength(STEPS.length + 1);
}, 120_000);
