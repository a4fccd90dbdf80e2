import type { Value } from '@dayfold/sdk';
import { expect } from 'vitest';
import { parseCondition } from '../../src/config/condition.ts';
import type { AttributeConfiguration, Condition, FoldSpec } from '../../src/config/configuration.ts';
import { parseFold } from '../../src/config/fold.ts';
import type { Calendar, LocalDay } from '../../src/day/calendar.ts';
import { createCalendar } from '../../src/day/zoned-calendar.ts';
import { foldDay, handsOn, spanOfInterest, traceDay } from '../../src/folding/index.ts';
import type { Observation, Traced } from '../../src/folding/index.ts';
import { compare } from '../../src/folding/observation.ts';

export function attributeOf(fold: unknown, changes: Partial<AttributeConfiguration> = {}): AttributeConfiguration {
  return {
    name: 'sample',
    account: 'me',
    from: ['home.sample'],
    combine: 'first',
    fold: foldOf(fold),
    when: undefined,
    span: 'end',
    staleMs: 24 * 3_600_000,
    unit: undefined,
    scale: 1,
    offset: 0,
    round: undefined,
    write: 'total',
    template: undefined,
    label: 'Sample',
    group: 'health',
    type: 'float',
    targetUnit: undefined,
    ...changes,
  };
}

export function foldOf(fold: unknown): FoldSpec {
  const parsed = parseFold(fold);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value;
}

export function conditionOf(text: unknown): Condition {
  const parsed = parseCondition(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.value;
}

export function calendarOf(zone = 'Europe/Berlin', dayStartsMin = 0): Calendar {
  return createCalendar({ zones: [{ from: 0, zone }], dayStartsMin });
}

export const BERLIN = calendarOf();
export const DAY: LocalDay = '2026-01-10';

/** Readings from `HH:MM` of the sample day (`-HH:MM`: of the day before) and values. */
export function readings(...pairs: readonly (readonly [string, Value])[]): Observation[] {
  return pairs.map(([time, value]) => ({ at: at(time), value }));
}

export function at(time: string): number {
  const [date, clock] = time.startsWith('-')
    ? ['2026-01-09', time.slice(1)]
    : time.startsWith('+')
      ? ['2026-01-11', time.slice(1)]
      : [DAY, time];
  return BERLIN.instantOf(`${date}T${clock}`) as number;
}

/** As the journal would serve it: what the day asks for out of all readings of the series. */
export function folded(
  attribute: AttributeConfiguration,
  all: readonly Observation[],
  {
    day = DAY,
    calendar = BERLIN,
    now = Number.POSITIVE_INFINITY,
    base = 50,
  }: { day?: LocalDay; calendar?: Calendar; now?: number; base?: number } = {},
): Traced {
  const { end } = calendar.bounds(day);
  const until = Math.min(end, now);
  const input = { attribute, day, calendar, until, ...served(attribute, all, day, calendar, base) };
  const { trace, ...rest } = traceDay(input);
  expect(foldDay(input)).toEqual(rest);
  return { ...rest, trace };
}

function served(
  attribute: AttributeConfiguration,
  all: readonly Observation[],
  day: LocalDay,
  calendar: Calendar,
  base = 50,
): { observations: readonly Observation[]; before: readonly Observation[] } {
  const { from, to, needsBase, needsSpans } = spanOfInterest(attribute, calendar, day);
  const observations = all.filter(({ at: time, start, date }) => {
    if (date !== undefined) return date === day || (handsOn(attribute.fold) && date < day);
    return (time >= from && time < to) || (needsSpans && start !== undefined && start < to && time > from);
  });
  const before = all.filter(
    (reading) => needsBase && reading.date === undefined && reading.at < from && !observations.includes(reading),
  );
  return { observations, before: before.toSorted((left, right) => compare(right, left)).slice(0, base) };
}
