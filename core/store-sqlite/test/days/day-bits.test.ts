import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DayBits, stretchOf } from '../../src/days/day-bits.ts';

const daysOfStretch = fc
  .integer({ min: -3, max: 60 })
  .chain((stretch) =>
    fc.record({ stretch: fc.constant(stretch), places: fc.uniqueArray(fc.integer({ min: 0, max: 511 })) }),
  );

test('days come back as they were packed, in order, and in no more bytes than lie between them', () => {
  fc.assert(
    fc.property(daysOfStretch, ({ stretch, places }) => {
      const bits = new DayBits(stretch);
      for (const place of places) expect(bits.add(bits.dayAt(place))).toBe(true);
      for (const place of places) expect(bits.add(bits.dayAt(place))).toBe(false);
      const { first, bytes } = bits.packed();
      const sorted = places.toSorted((left, right) => left - right);
      const used = new Set(places.map((place) => Math.floor(place / 8)));
      expect(bytes).toHaveLength(used.size === 0 ? 0 : Math.max(...used) - Math.min(...used) + 1);
      expect(DayBits.isPacked(first, bytes)).toBe(true);
      expect(DayBits.unpacked(first, bytes).places()).toEqual(sorted);
      expect(places.map((place) => stretchOf(bits.dayAt(place)))).toEqual(places.map(() => stretch));
    }),
  );
});

test('what was taken away is gone, all else stays', () => {
  const bits = new DayBits(40);
  for (const place of [0, 7, 8, 511]) bits.add(bits.dayAt(place));
  const others = new DayBits(40);
  for (const place of [7, 9, 511]) others.add(others.dayAt(place));
  bits.remove(others);
  expect(bits.places()).toEqual([0, 8]);
  bits.remove(bits);
  expect(bits.isEmpty).toBe(true);
});

test('what no stretch can hold is told', () => {
  expect(DayBits.isPacked(1024, new Uint8Array(64))).toBe(true);
  expect(DayBits.isPacked(1032, new Uint8Array(64))).toBe(false);
  expect(DayBits.isPacked(1025, new Uint8Array(1))).toBe(false);
  expect(DayBits.isPacked('1024', new Uint8Array(1))).toBe(false);
  expect(DayBits.isPacked(1024, 255)).toBe(false);
});
