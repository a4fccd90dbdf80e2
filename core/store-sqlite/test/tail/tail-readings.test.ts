import type { JournalReading } from '@dayfold/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packed } from '../../src/bodies/packed-readings.ts';
import { TailReadings } from '../../src/tail/tail-readings.ts';

const SERIES = [1, 2, 7, 300];

const reading = fc.record(
  {
    series: fc.constantFrom(...SERIES.map(String)),
    at: fc.integer({ min: 0, max: 1_000_000 }),
    receivedAt: fc.constant(1_000_000),
    value: fc.oneof(fc.integer(), fc.boolean(), fc.string()),
    unit: fc.constantFrom('W', 'kWh'),
    retained: fc.constant(true as const),
  },
  { requiredKeys: ['series', 'at', 'receivedAt', 'value'] },
);

/** What comes, and whose readings are asked for then. */
const step = fc.record({
  portion: fc.array(reading, { maxLength: 20 }),
  asked: fc.subarray(SERIES),
});

test('whenever a series is asked for, all its readings so far are given, in the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const bodies: Uint8Array[] = [];
      const tail = new TailReadings(bodies);
      const all: JournalReading[] = [];
      for (const { portion, asked } of steps) {
        const numbers = portion.map(({ series }) => Number(series));
        bodies.push(packed(portion, numbers));
        all.push(...portion);
        for (const series of asked) {
          const wanted = all.filter((one) => one.series === String(series));
          expect(tail.has(series)).toBe(wanted.length > 0);
          expect(tail.of(series, String(series))).toEqual(wanted);
        }
      }
      const oldest = all.map(({ at }) => at).toSorted((left, right) => left - right)[0];
      expect(tail.oldest()).toBe(oldest);
    }),
    { numRuns: 200 },
  );
});
