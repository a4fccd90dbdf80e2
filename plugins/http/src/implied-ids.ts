import type { Reading } from '@dayfold/sdk';

/**
 * Names each reading that has a place in time by that place, so that the same item polled again replaces itself, also
 * with a corrected value. The order of items with one time tells them apart. Readings at their arrival stay nameless.
 */
export function withImpliedIds(readings: readonly Reading[]): readonly Reading[] {
  const seen = new Map<string, number>();
  return readings.map((reading) => {
    const place = reading.date ?? reading.start ?? reading.time;
    if (reading.id !== undefined || place === undefined) return reading;
    const key = `${reading.series}\n${place}`;
    const occurrence = (seen.get(key) ?? 0) + 1;
    seen.set(key, occurrence);
    return { ...reading, id: occurrence === 1 ? String(place) : `${place}#${occurrence}` };
  });
}
