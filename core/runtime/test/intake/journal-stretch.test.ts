import type { Reading } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import type { LocalDay } from '../../src/day/calendar.ts';
import { DayValues } from '../../src/intake/day-values.ts';
import { attributeOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

const FIRST: LocalDay = '2026-03-24';
const LAST: LocalDay = '2026-04-04';

test.each(['end', 'start', 'split'] as const)(
  'days read together come out as each by itself, whatever they hold (span: %s)',
  async (span) => {
    const attributes = ['sum', 'median', 'last', 'join', 'first'].map((fold) =>
      attributeOf(fold, { name: fold, span, from: ['home.sample', 'home.other'] }),
    );
    const bench = new Workbench(attributes, { now: '2026-04-20T12:00' });
    await bench.emit(mixed());
    const values = new DayValues(bench.store.journal, bench.calendar, bench.clock, 1000);
    for (const attribute of attributes) {
      const stretch = await values.stretch(attribute, FIRST, LAST);
      if (stretch === undefined) throw new Error('the days were not read together');
      for (let day = 24; day < 36; day += 1) {
        const date = new Date(Date.UTC(2026, 2, day)).toISOString().slice(0, 10) as LocalDay;
        const alone = await values.of(attribute, date);
        expect(values.within(stretch, attribute, date)).toEqual(alone);
      }
    }
    expect((await values.of(attributes[0] ?? attributeOf('sum'), '2026-03-29')).readings).toBeGreaterThan(5);
  },
);

test('days that start from what lies before them, a single one, and more readings than memory should hold are not read together', async () => {
  const [sum, increase] = [attributeOf('sum'), attributeOf('increase')];
  const bench = new Workbench([sum], { now: '2026-04-20T12:00' });
  const values = new DayValues(bench.store.journal, bench.calendar, bench.clock, 100_000);
  const many = Array.from({ length: 5001 }, (_, index): Reading => ({ series: 'sample', value: index, date: FIRST }));
  await bench.emit(many);
  expect(await values.stretch(sum, FIRST, LAST)).toBeDefined();
  expect([await values.stretch(sum, FIRST, FIRST), await values.stretch(increase, FIRST, LAST)]).toEqual([
    undefined,
    undefined,
  ]);
  await bench.emit(many.map((reading) => ({ ...reading, date: LAST })));
  expect(await values.stretch(sum, FIRST, LAST)).toBeUndefined();
});

/** Of two series, over the night when clocks change: times, dates, spans over midnight and over days, units and texts. */
function mixed(): Reading[] {
  const readings: Reading[] = [];
  for (let hour = 0; hour < 24 * 12; hour += 5) {
    const time = Date.UTC(2026, 2, 24) + hour * 3_600_000;
    readings.push(
      { series: 'sample', value: hour, time, unit: hour % 2 === 0 ? 'kWh' : 'Wh' },
      { series: 'other', value: hour / 7, start: time, end: time + (hour % 50) * 3_600_000 },
      { series: 'other', value: `${hour}`, date: new Date(time).toISOString().slice(0, 10) },
    );
  }
  return readings;
}
