import type { JournalReading } from '@dayfold/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packed, packedAlike } from '../../src/bodies/packed-readings.ts';
import { countOf } from '../../src/bodies/reading-columns.ts';
import { asPacked, smaller } from '../../src/bodies/small-bodies.ts';

const START = Date.UTC(2026, 9, 24, 12);

const reading = fc
  .record(
    {
      at: fc.oneof(fc.integer({ min: START, max: START + 3_600_000 }), fc.double()),
      late: fc.constantFrom(0, 0, 5000),
      value: fc.oneof(
        fc.double(),
        fc.integer({ max: 999 }).map((one) => one / 10),
        fc.boolean(),
        fc.string(),
      ),
      unit: fc.constantFrom('W', '°C'),
      retained: fc.constant(true as const),
    },
    { requiredKeys: ['at', 'late', 'value'] },
  )
  .map(({ late, ...rest }): JournalReading => ({ ...rest, series: '', receivedAt: rest.at + late }));
const body = fc.oneof(
  fc.array(reading, { maxLength: 100 }).map(packedAlike),
  fc
    .array(fc.tuple(reading, fc.nat(300)), { maxLength: 100 })
    .map((all) => packed(...([all.map(([one]) => one), all.map(([, number]) => number)] as const))),
);

test('a body comes back to the bit, and takes fewer bytes or is left as it is', () => {
  fc.assert(
    fc.property(body, (before) => {
      const bytes = smaller(before);
      expect(bytes.length < before.length || bytes === before).toBe(true);
      expect(countOf(bytes)).toBe(countOf(before));
      expect(Buffer.compare(asPacked(bytes), before)).toBe(0);
    }),
    { numRuns: 500 },
  );
});

/** At each ten seconds, some milliseconds late. */
function hourOf(valueAt: (index: number) => number | boolean): Uint8Array {
  return packedAlike(
    Array.from({ length: 360 }, (_, index) => {
      const at = START + index * 10_000 + ((index * 7919) % 13);
      return { series: '', at, receivedAt: at, value: valueAt(index) };
    }),
  );
}

test.each([
  ['a temperature', (index: number) => Math.round(210 + 20 * Math.sin(index / 50)) / 10],
  ['a pressure', (index: number) => Math.round(101_325 + 40 * Math.sin(index / 9)) / 100],
  ['a counter', (index: number) => (12_345_678 + 3 * index) / 1000],
  ['a switch', (index: number) => index % 50 === 0],
])('an hour of %s takes less than three bytes a reading', (_what, valueAt) => {
  expect(smaller(hourOf(valueAt)).length).toBeLessThan(360 * 3);
});

test('a commit of 50 series takes less than 250 bytes instead of 1,066', () => {
  const readings = Array.from({ length: 50 }, (_, index) => {
    const at = START + index * 100 + ((index * 7919) % 13);
    return { series: '', at, receivedAt: at, value: ((index * 37) % 1000) / 10 };
  });
  const before = packed(
    readings,
    readings.map((_, index) => 1 + ((index * 7919) % 100)),
  );
  expect([before.length, smaller(before).length < 250]).toEqual([1066, true]);
});
