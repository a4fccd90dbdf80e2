import { expect, test } from 'vitest';
import { ArrivedReading } from '../../src/store/arrived-reading.ts';
import { KnownSeries } from '../../src/store/known-series.ts';

test('a reading that arrives is what its fields say; its series goes with it unseen, and not with a copy', () => {
  const series = new KnownSeries('home.door');
  const reading = new ArrivedReading(series, 4, 1000, 2000);

  expect({ ...reading }).toStrictEqual({ series: 'home.door', value: 4, at: 1000, receivedAt: 2000 });
  expect(Object.keys(JSON.parse(JSON.stringify(reading)) as object)).toEqual(['series', 'value', 'at', 'receivedAt']);
  expect([ArrivedReading.seriesOf(reading), ArrivedReading.seriesOf({ ...reading })]).toEqual([series, undefined]);
});
