import { assert as check, double, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { Reconnecting } from '../src/reconnecting.ts';

test('waits between attempts are spread by chance between a second and a ceiling that grows to five minutes', () => {
  check(
    property(double({ min: 0, max: 0.999, noNaN: true }), integer({ min: 1, max: 40 }), (chance, failures) => {
      const reconnecting = new Reconnecting(() => chance);
      let wait = 0;
      for (let failure = 0; failure < failures; failure += 1) wait = reconnecting.next();
      const ceiling = Math.min(300_000, 1000 * 2 ** failures);
      expect(wait).toBeCloseTo(1000 + chance * (ceiling - 1000), 3);
    }),
  );
});

test('a connection that came about begins the waits anew', () => {
  const reconnecting = new Reconnecting(() => 0.5);
  const first = reconnecting.next();
  reconnecting.next();
  expect(reconnecting.next()).toBeGreaterThan(first);
  reconnecting.connected();
  expect(reconnecting.next()).toBe(first);
});

test('five losses within a minute are too many, spread over more they are not', () => {
  const close = new Reconnecting();
  expect([0, 10_000, 20_000, 30_000, 59_999].map((at) => close.lost(at))).toEqual([false, false, false, false, true]);
  const spread = new Reconnecting();
  expect([0, 15_000, 30_000, 45_000, 60_000].map((at) => spread.lost(at))).toEqual([false, false, false, false, false]);
});
