import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import { changesOf, foldValues, sumOf } from './fold-values.ts';
import { instantOf, isTimeDependent } from './fold-traits.ts';
import { heldInside } from './held.ts';
import { holds } from './holds.ts';
import { stepsOf } from './increase.ts';
import { numberOf } from './number-of.ts';
import { inOrder, isEnding } from './observation.ts';
import type { Observation } from './observation.ts';

const MINUTE_MS = 60_000;

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
  readonly used: number;
  /** The readings of the day, each with why it does not count. */
  readonly trace: readonly FoldedReading[];
}

/** One value from the readings of a local day: a function of the set of readings, not of their order. */
export function foldDay(input: FoldInput): Folded {
  const { attribute, day, calendar } = input;
  const { start, end } = calendar.bounds(day);
  const ordered = inOrder([...input.before, ...input.observations]);
  const inside: Observation[] = [];
  const prior: Observation[] = [];
  const after: Observation[] = [];
  const trace: FoldedReading[] = [];
  for (const observation of ordered) {
    const isSplit = attribute.span === 'split' && observation.start !== undefined && observation.date === undefined;
    const place = isSplit ? splitPlace(observation, start, end) : placeOf(attribute, observation, day, start, end);
    if (place === undefined) continue;
    const why = whyUnused(attribute, observation);
    if (place === 'inside') trace.push({ observation, used: why === undefined, why, inTable: observation.table !== undefined });
    if (why !== undefined && !(isEnding(observation.value) && isTimeDependent(attribute.fold))) continue;
    if (place === 'before') prior.push(observation);
    else if (place === 'after') after.push(observation);
    else inside.push(isSplit ? shareOf(observation, start, end) : observation);
  }
  return { value: valueOf(input, { inside, prior, after, start, end }), used: trace.filter(({ used }) => used).length, trace };
}

interface Sorted {
  readonly inside: readonly Observation[];
  readonly prior: readonly Observation[];
  readonly after: readonly Observation[];
  readonly start: Instant;
  readonly end: Instant;
}

function valueOf({ attribute, calendar, until }: FoldInput, { inside, prior, after, start, end }: Sorted): Value | undefined {
  const { fold, staleMs } = attribute;
  switch (fold.kind) {
    case 'increase': {
      const steps = stepsOf([...prior, ...inside, ...after], fold, prior.length === 0);
      const today = steps.filter(({ at }) => at >= start && at < end).map(({ amount }) => amount);
      return today.length === 0 ? (prior.length > 0 && inside.length > 0 ? 0 : undefined) : sumOf(today);
    }
    case 'count_changes':
      return changesOf(inside, prior.at(-1), fold.to);
    case 'time_in':
    case 'time_mean':
    case 'integral': {
      const undated = inside.filter(({ date }) => date === undefined);
      const held = heldInside(undated, prior.at(-1), { start, until }, staleMs);
      if (held.length === 0 && undated.length === 0) return undefined;
      if (fold.kind === 'time_in') {
        const { condition } = fold;
        return sumOf(held.filter(({ observation }) => holds(condition, observation.value)).map(({ ms }) => ms)) / MINUTE_MS;
      }
      const weighted = held.flatMap(({ observation, ms }) => {
        const number = numberOf(observation.value);
        return number === undefined ? [] : [{ area: number * ms, ms }];
      });
      const area = sumOf(weighted.map((part) => part.area));
      if (fold.kind === 'integral') return weighted.length === 0 ? undefined : area / fold.perMs;
      const total = sumOf(weighted.map(({ ms }) => ms));
      return total === 0 ? undefined : area / total;
    }
    default:
      return foldValues(attribute, inside, calendar);
  }
}

function placeOf(
  attribute: AttributeConfiguration,
  observation: Observation,
  day: LocalDay,
  start: Instant,
  end: Instant,
): 'before' | 'inside' | 'after' | undefined {
  if (observation.date !== undefined) return observation.date === day ? 'inside' : undefined;
  const at = instantOf(attribute, observation);
  return at < start ? 'before' : at < end ? 'inside' : 'after';
}

function splitPlace(observation: Observation, start: Instant, end: Instant): 'inside' | undefined {
  const from = observation.start ?? observation.at;
  const isPoint = from === observation.at && from >= start && from < end;
  return isPoint || (from < end && observation.at > start) ? 'inside' : undefined;
}

/** The part of a span's value that falls into the day, in proportion to time. */
function shareOf(observation: Observation, start: Instant, end: Instant): Observation {
  const from = observation.start ?? observation.at;
  const number = numberOf(observation.value);
  const length = observation.at - from;
  if (number === undefined || length === 0) return observation;
  const overlap = Math.min(observation.at, end) - Math.max(from, start);
  return { ...observation, value: (number * overlap) / length };
}

function whyUnused({ fold, when }: AttributeConfiguration, { value, retained }: Observation): string | undefined {
  if (retained === true && fold.kind !== 'last') return 'kept by the broker, may be old';
  if (isEnding(value)) return 'says that nothing is known';
  if (value === '') return 'empty';
  if (when !== undefined && !holds(when, value)) return '"when" does not hold';
  const needsNumber = ['sum', 'min', 'max', 'mean', 'median', 'increase', 'time_mean', 'integral'].includes(fold.kind);
  return needsNumber && numberOf(value) === undefined ? 'not a number' : undefined;
}
