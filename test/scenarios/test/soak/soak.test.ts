import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasMosquitto } from '../../src/brokers.ts';
import { soak } from '../../src/soak/soak.ts';
import { TROUBLES, drawnTroubles } from '../../src/soak/trouble.ts';
import { BOUNDS, beyondBounds } from '../../src/soak/usage.ts';

const hasLimits = existsSync('/proc/self/fd') && existsSync('/usr/bin/prlimit');

test('three days of the home with every kind of trouble end with every value right and within the bounds', async ({
  skip,
}) => {
  skip(!hasMosquitto, 'mosquitto is not installed');
  skip(!hasLimits, 'needs /proc and prlimit');
  const report = await soak({ days: 3, seed: 1 });
  expect(report.complaints).toEqual([]);
  expect([...report.struck.keys()].toSorted()).toEqual([...TROUBLES].toSorted());
  expect(report.usage).toHaveLength(3);
  expect(report.values).toBeGreaterThan(40);
}, 240_000);

test('the same seed draws the same troubles, each kind before one comes again, and no process ends in the last quarter', () => {
  const drawn = drawnTroubles(60, 7);
  expect(drawn).toEqual(drawnTroubles(60, 7));
  expect(drawn).not.toEqual(drawnTroubles(60, 8));
  expect(drawn).toHaveLength(180);
  expect(new Set(drawn.slice(0, TROUBLES.length).map(({ kind }) => kind))).toEqual(new Set(TROUBLES));
  const late = drawn.filter(({ hour }) => hour > 45 * 24).map(({ kind }) => kind);
  expect(late.length).toBeGreaterThan(30);
  expect(late.filter((kind) => kind.startsWith('daemon'))).toEqual([]);
});

test('whatever is more than promised is named with its day', () => {
  expect(beyondBounds(BOUNDS, 0)).toEqual([]);
  expect(beyondBounds({ ...BOUNDS, descriptors: 65 }, 4)).toEqual(['day 5 ends with descriptors of 65, more than 64']);
  expect(beyondBounds({ ...BOUNDS, memoryBytes: Number.NaN }, 0)).toHaveLength(1);
});
