import type { Reading, Value } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import type { LocalDay } from '../../src/day/calendar.ts';
import { DayValues } from '../../src/intake/day-values.ts';
import type { JournalReading } from '../../src/store/journal.ts';
import { attributeOf, conditionOf } from '../folding/samples.ts';
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
        const alone = await values.of(attribute, dateOf(day));
        expect(values.within(stretch, attribute, dateOf(day))).toEqual(alone);
      }
    }
    expect((await values.of(attributes[0] ?? attributeOf('sum'), '2026-03-29')).readings).toBeGreaterThan(5);
  },
);

test.each([
  ['sum', {}],
  ['mean', { round: 1 }],
  ['median', { scale: 2, offset: 1 }],
  ['min', { targetUnit: 'km' }],
  ['max', { type: 'percentage' }],
  ['first', { type: 'integer' }],
  ['last', { unit: 'm', targetUnit: 'km' }],
  ['sum', { when: conditionOf('> 2') }],
  ['count', {}],
  ['join', { type: 'string' }],
  [{ any: '> 2' }, { type: 'boolean' }],
  [{ time_first: '> 2' }, { type: 'time_of_day' }],
] as const)(
  'a day with one reading of a table comes out together with others as by itself (%j, %j)',
  async (fold, said) => {
    const folded = (...from: readonly string[]) => attributeOf(fold, { from, ...(said as object) });
    const bench = new Workbench([], { now: '2026-04-20T12:00' });
    const table = 'home/days.csv';
    const row = (day: number, value: Value, changes: Partial<JournalReading> = {}): JournalReading => {
      const at = Date.UTC(2026, 2, day);
      const date = dateOf(day);
      return { series: 'home.sample', at, date, value, table, receivedAt: at, ...changes };
    };
    const rows = [
      row(24, 1.23456),
      row(25, -0),
      row(26, 3, { unit: 'm' }),
      row(27, 3, { unit: 'kg' }),
      row(28, 3, { unit: ' ' }),
      row(29, '7'),
      row(30, true),
      row(31, 'unknown'),
      row(32, 5, { series: 'home.other' }),
      row(33, 5, { retained: true }),
      row(34, 5, { series: 'home.other' }),
      row(34, 6),
      ...[24, 26, 35].map((day) => row(day, day / 7, { series: 'home.numbers' })),
    ];
    await bench.store.journal.mirror(
      table,
      (async function* () {
        yield rows;
      })(),
      () => [],
    );
    const values = new DayValues(bench.store.journal, bench.calendar, bench.clock, 1000);
    for (const attribute of [folded('home.sample', 'home.other'), folded('home.sample'), folded('home.numbers')]) {
      const stretch = await values.stretch(attribute, FIRST, LAST);
      if (stretch === undefined) throw new Error('the days were not read together');
      for (let day = 24; day < 36; day += 1) {
        const { first: _, ...alone } = await values.of(attribute, dateOf(day));
        expect(values.within(stretch, attribute, dateOf(day))).toMatchObject(alone);
      }
    }
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

/** Of March 2026, and on from its end. */
function dateOf(day: number): LocalDay {
  return new Date(Date.UTC(2026, 2, day)).toISOString().slice(0, 10) as LocalDay;
}
