import type { JournalReading } from '@dayfold/runtime';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packed, unpacked } from '../../src/bodies/packed-readings.ts';
import { asPacked } from '../../src/bodies/small-bodies.ts';
import { hourOf, sortedPages } from '../../src/bodies/sorted-pages.ts';

const HOUR = 3_600_000;

const reading = fc
  .record(
    {
      series: fc.constantFrom('1', '2', '7', '300'),
      at: fc.integer({ min: 0, max: 3 * HOUR }).map((ms) => Date.UTC(2026, 9, 24) + ms / 4),
      late: fc.constantFrom(0, 0, 5000),
      value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.string()),
      unit: fc.constantFrom('W', 'kWh', '°C'),
      arrival: fc.constant(true as const),
      retained: fc.constant(true as const),
    },
    { requiredKeys: ['series', 'at', 'late', 'value'] },
  )
  .map(({ late, ...rest }): JournalReading => ({ ...rest, receivedAt: rest.at + late }));

function read(body: Uint8Array, series: number): JournalReading[] {
  const found: JournalReading[] = [];
  unpacked(
    asPacked(body),
    () => String(series),
    (one) => found.push(one),
  );
  return found;
}

test('pages hold the readings of the portions, each series and hour once, in time and else in the order of arrival', () => {
  fc.assert(
    fc.property(fc.array(fc.array(reading, { maxLength: 40 }), { maxLength: 6 }), (portions) => {
      const pages = [
        ...sortedPages(
          portions.map((one) =>
            packed(
              one,
              one.map(({ series }) => Number(series)),
            ),
          ),
        ),
      ];

      const wanted = Map.groupBy(portions.flat(), ({ series, at }) => `${series} ${hourOf(at)}`);
      expect(pages.map(({ series, hour }) => `${series} ${hour}`).toSorted()).toEqual([...wanted.keys()].toSorted());
      for (const { series, hour, body } of pages) {
        const all = wanted.get(`${series} ${hour}`) ?? [];
        expect(read(body, series)).toEqual(all.toSorted((left, right) => left.at - right.at));
      }
    }),
    { numRuns: 300 },
  );
});

test('without readings there are no pages', () => {
  expect([...sortedPages([])]).toEqual([]);
  expect([...sortedPages([packed([], [])])]).toEqual([]);
});

test('a state that comes again and again stands in a page once', () => {
  const states = Array.from({ length: 360 }, (_, index): JournalReading => {
    const at = Date.UTC(2026, 9, 24) + index * 10_000;
    return { series: '1', at, receivedAt: at, value: index % 40 < 3 ? 'heating' : 'idle' };
  });
  const [page] = sortedPages([packed(states, Array<number>(360).fill(1))]);

  expect(read(page?.body as Uint8Array, 1)).toEqual(states);
  expect(page?.body.length).toBeLessThan(360 * 3);
});
