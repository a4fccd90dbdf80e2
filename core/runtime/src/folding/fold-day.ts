import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Bounds, Calendar, Instant, LocalDay } from '../day/calendar.ts';
import { accumulatorOf } from './accumulator-of.ts';
import { CounterAccumulator } from './counter-accumulator.ts';
import { isTimeDependent } from './fold-traits.ts';
import { inOrder, isEnding } from './observation.ts';
import type { Observation } from './observation.ts';
import { isCounting, placed, whyUnused } from './placed.ts';
import type { Placed } from './placed.ts';

export interface FoldInput {
  readonly attribute: AttributeConfiguration;
  readonly day: LocalDay;
  readonly calendar: Calendar;
  /** The end of the day, or now while it lasts. */
  readonly until: Instant;
  /** Readings of one series: the day's, and those around it that `spanOfInterest` asks for, in any order. */
  readonly observations: readonly Observation[];
  /** Readings before those, of which the latest usable one is where the day starts from. */
  readonly before: readonly Observation[];
  /** What every reading is converted to before it is folded; undefined: left as they are. */
  readonly unit?: string | undefined;
}

export interface FoldedReading {
  readonly observation: Observation;
  readonly used: boolean;
  readonly why: string | undefined;
  readonly inTable: boolean;
}

export interface Folded {
  /** Before any conversion. */
  readonly value: Value | undefined;
  /** Readings of the day that count. */
  readonly used: number;
  /** The readings of the day and the one it starts from, each with why it does or does not count. */
  readonly trace: readonly FoldedReading[];
}

/** One value from the readings of a local day: a function of the set of readings, not of their order. */
export function foldDay(input: FoldInput): Folded {
  const { attribute, day, calendar, until, unit } = input;
  const bounds = calendar.bounds(day);
  const isHeld = isTimeDependent(attribute.fold);
  const counting: Placed[] = [];
  const rows: FoldedReading[] = [];
  for (const observation of inOrder([...input.before, ...input.observations])) {
    const reading = placed(attribute, observation, day, bounds, unit);
    if (reading === undefined) continue;
    const why = whyUnused(attribute, observation, unit);
    if (reading.place === 'inside')
      rows.push({ observation, used: why === undefined, why, inTable: observation.table !== undefined });
    // What lies in the future neither holds yet nor ends what holds now.
    if (isHeld && isAhead(reading, bounds, until)) continue;
    if (why === undefined || isCounting(attribute, observation, unit)) counting.push(reading);
  }
  sortByTime(counting);
  const prior = counting.findLast(({ place }) => place === 'before');
  const accumulator = accumulatorOf({ attribute, calendar, bounds, hasPrior: prior !== undefined });
  for (const reading of counting) accumulator.add(reading);
  const value = accumulator.value(until);
  const dips = accumulator instanceof CounterAccumulator ? accumulator.dips : undefined;
  const trace =
    dips === undefined || dips.size === 0 ? rows : rows.map((row) => (dips.has(row.observation) ? inDip(row) : row));
  const origin = prior === undefined ? undefined : originOf(attribute, prior, bounds, dips);
  return {
    value,
    used: rows.reduce((count, { used }) => count + (used ? 1 : 0), 0),
    trace: origin === undefined ? trace : [origin, ...trace],
  };
}

function isAhead({ time, observation }: Placed, { end }: Bounds, until: Instant): boolean {
  return time > until || (observation.start !== undefined && Math.min(observation.at, end) > until);
}

function inDip(row: FoldedReading): FoldedReading {
  return row.used ? { ...row, used: false, why: 'part of a dip that was soon over' } : row;
}

function sortByTime(readings: Placed[]): void {
  const isSorted = readings.every(
    (reading, index) => index === 0 || (readings[index - 1] as Placed).time <= reading.time,
  );
  // The sort is stable: among equal times the order of the readings stays.
  if (!isSorted) readings.sort((left, right) => left.time - right.time);
}

function originOf(
  { fold, staleMs }: AttributeConfiguration,
  { observation }: Placed,
  { start }: Bounds,
  dips: ReadonlySet<Observation> | undefined,
): FoldedReading | undefined {
  const row = { observation, used: true, inTable: observation.table !== undefined };
  if (fold.kind === 'increase')
    return dips?.has(observation) === true ? undefined : { ...row, why: 'the counter before the day' };
  if (fold.kind === 'count_changes') return { ...row, why: 'the state before the day' };
  const carries = isTimeDependent(fold) && observation.start === undefined && !isEnding(observation.value);
  return carries && observation.at + staleMs > start ? { ...row, why: 'holds from before the day' } : undefined;
}
