import type { AttributeConfiguration, JournalReading } from '@dayfold/runtime';

export const DATE = '2026-03-10';
export const START = Date.parse(`${DATE}T00:00:00Z`);
export const DAY_MS = 24 * 3_600_000;
export const SERIES = 'home.power';

export const ATTRIBUTE: AttributeConfiguration = {
  name: 'power_mean',
  account: 'me',
  type: 'float',
  group: 'productivity',
  label: 'Power',
  template: undefined,
  write: 'hourly',
  from: [SERIES],
  fold: { kind: 'mean' },
} as unknown as AttributeConfiguration;

/** Readings of one UTC day, spread over it out of order. */
export function* lateReadings(count: number, batch: number): Generator<JournalReading[]> {
  for (let first = 0; first < count; first += batch) {
    const readings: JournalReading[] = [];
    for (let index = first; index < Math.min(count, first + batch); index += 1) {
      // A step that shares no factor with the day visits its milliseconds in no order.
      const at = START + ((index * 31_415_927) % DAY_MS);
      readings.push({ series: SERIES, value: (index % 1000) / 10, at, receivedAt: START + DAY_MS });
    }
    yield readings;
  }
}
