import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DayKey } from '../../src/config/configuration.ts';
import { LivingCalendar } from '../../src/day/living-calendar.ts';
import { touchedDays } from '../../src/folding/index.ts';
import { AttributeIndex } from '../../src/intake/attribute-index.ts';
import { ArrivedReading } from '../../src/store/arrived-reading.ts';
import { KnownSeries } from '../../src/store/known-series.ts';
import { attributeOf, calendarOf } from '../folding/samples.ts';

const MINUTE = 60_000;
const ATTRIBUTES = ['sum', 'increase', { increase: { glitch: '2h' } }, 'time_mean', { time_in: '> 1' }].map(
  (fold, index) => attributeOf(fold, { name: `a${index}`, staleMs: (index + 1) * 7 * 60 * MINUTE }),
);
/** Zones on days whose length is unusual. */
const PLACES = [
  ['Europe/Berlin', '2026-03-29T00:00:00Z'],
  ['Europe/Berlin', '2026-10-25T00:00:00Z'],
  ['America/Havana', '2025-11-02T05:00:00Z'],
  ['Pacific/Apia', '2011-12-30T10:00:00Z'],
] as const;

test('whatever was asked before, a reading touches the days that its folds say', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PLACES),
      fc.constantFrom(0, 240),
      fc.array(fc.integer({ min: -3 * 1440, max: 3 * 1440 }), { minLength: 1, maxLength: 12 }),
      ([zone, around], dayStartsMin, minutes) => {
        const calendar = calendarOf(zone, dayStartsMin);
        const index = new AttributeIndex(ATTRIBUTES);
        for (const offset of minutes) {
          const at = Date.parse(around) + offset * MINUTE;
          const expected = ATTRIBUTES.flatMap((attribute) =>
            touchedDays(attribute, calendar, { at }).map((date): DayKey => ({
              attribute: attribute.name,
              date,
            })),
          );
          expect(index.touchedBy({ series: 'home.sample', at }, calendar)).toEqual(expected);
        }
      },
    ),
  );
});

test('readings that touch the same days get the same list, until the calendar is another', () => {
  const calendar = new LivingCalendar(calendarOf('Europe/Berlin'));
  const index = new AttributeIndex([attributeOf('sum')]);
  const touched = (time: string) => {
    const at = Date.parse(time);
    return index.touchedBy({ series: 'home.sample', at }, calendar);
  };
  const first = touched('2026-01-10T10:00:00Z');
  expect(touched('2026-01-10T12:00:00Z')).toBe(first);
  expect(touched('2026-01-10T23:30:00Z')).toEqual([{ attribute: 'sample', date: '2026-01-11' }]);
  calendar.replace(calendarOf('America/New_York'));
  expect(touched('2026-01-10T23:30:00Z')).toEqual([{ attribute: 'sample', date: '2026-01-10' }]);
});

test('a series that no attribute is folded from touches nothing', () => {
  expect([...new AttributeIndex(ATTRIBUTES).touchedBy({ series: 'home.other', at: 0 }, calendarOf())]).toEqual([]);
});

test('what a series keeps of the attributes is looked up again once these are replaced', () => {
  const index = new AttributeIndex([]);
  const reading = new ArrivedReading(new KnownSeries('home.sample'), 1, Date.parse('2026-01-10T10:00:00Z'), 0);
  const touched = () => index.touchedBy(reading, calendarOf()).map(({ attribute }) => attribute);
  expect(touched()).toEqual([]);
  index.replace([attributeOf('sum', { name: 'one' }), attributeOf('max', { name: 'two' })]);
  expect(touched()).toEqual(['one', 'two']);
  index.replace([attributeOf('sum', { name: 'two' })]);
  expect(touched()).toEqual(['two']);
  index.replace([]);
  expect(touched()).toEqual([]);
});
