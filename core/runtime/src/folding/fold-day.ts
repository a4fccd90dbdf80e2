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
  /** Time of the first of them, those of a dip left out. */
  readonly first: Instant | undefined;
  /** A reading of the day stands in a table. */
  readonly hasTable: boolean;
}

export interface Traced extends Folded {
  /** The readings of the day and the one it starts from, each with why it does or does not count. */
  readonly trace: readonly FoldedReading[];
}

/** One value from the readings of a local day: a function of the set of readings, not of their order. */
export function foldDay(input: FoldInput): Folded {
  const { value, used, first, hasTable } = fold(input);
  return { value, used, first, hasTable };
}

/** As `foldDay`, and why: for whoever asks about one day, since a row for each reading takes as much memory as the readings. */
export function traceDay(input: FoldInput): Traced {
  const rows: FoldedReading[] = [];
  const { prior, dips, ...folded } = fold(input, rows);
  const trace =
    dips === undefined || dips.size === 0 ? rows : rows.map((row) => (dips.has(row.observation) ? inDip(row) : row));
  const origin = prior === undefined ? undefined : originOf(input, prior, dips);
  return { ...folded, trace: origin === undefined ? trace : [origin, ...trace] };
}

interface Fold extends Folded {
  readonly prior: Placed | undefined;
  readonly dips: ReadonlySet<Observation> | undefined;
}

/** `rows` takes the readings of the day. */
function fold(input: FoldInput, rows?: FoldedReading[]): Fold {
  const { attribute, day, calendar, until, unit } = input;
  const bounds = calendar.bounds(day);
  const isHeld = isTimeDependent(attribute.fold);
  const observations = inOrder(
    input.before.length === 0 ? input.observations : [...input.before, ...input.observations],
  );
  const counting: Placed[] = [];
  let used = 0;
  let hasTable = false;
  for (const observation of observations) {
    const reading = placed(attribute, observation, day, calendar, bounds, unit);
    if (reading === undefined) continue;
    const why = whyUnused(attribute, observation, unit);
    if (reading.place === 'inside') {
      const inTable = observation.table !== undefined;
      if (why === undefined) used += 1;
      hasTable ||= inTable;
      rows?.push({ observation, used: why === undefined, why, inTable });
    }
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
  const first = observations.find(
    (observation) =>
      dips?.has(observation) !== true &&
      placed(attribute, observation, day, calendar, bounds, unit)?.place === 'inside' &&
      whyUnused(attribute, observation, unit) === undefined,
  );
  return { value, used, first: first?.at, hasTable, prior, dips };
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
  { attribute: { fold: spec, staleMs }, calendar, day }: FoldInput,
  { observation }: Placed,
  dips: ReadonlySet<Observation> | undefined,
): FoldedReading | undefined {
  const { start } = calendar.bounds(day);
  const row = { observation, used: true, inTable: observation.table !== undefined };
  if (spec.kind === 'increase')
    return dips?.has(observation) === true ? undefined : { ...row, why: 'the counter before the day' };
  if (spec.kind === 'count_changes') return { ...row, why: 'the state before the day' };
  const carries = isTimeDependent(spec) && observation.start === undefined && !isEnding(observation.value);
  return carries && observation.at + staleMs > start ? { ...row, why: 'holds from before the day' } : undefined;
}
