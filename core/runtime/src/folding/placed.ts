import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Bounds, Calendar, Instant, LocalDay } from '../day/calendar.ts';
import { handsOn, instantOf, isTimeDependent } from './fold-traits.ts';
import { holds } from './holds.ts';
import { numberOf } from './number-of.ts';
import { isEnding } from './observation.ts';
import type { Observation } from './observation.ts';
import { valueIn } from './one-unit.ts';

/** A reading as seen from one local day. */
export interface Placed {
  readonly observation: Observation;
  readonly place: 'before' | 'inside' | 'after';
  /** Where it stands in the order of the day. */
  readonly time: Instant;
  /** The value, or the day's share of a span's value. */
  readonly value: Value;
}

/** Undefined: a dated reading of another day that this one does not start from. */
export function placed(
  attribute: Pick<AttributeConfiguration, 'fold' | 'span'>,
  observation: Observation,
  day: LocalDay,
  calendar: Pick<Calendar, 'bounds'>,
  { start, end }: Bounds,
  unit?: string,
): Placed | undefined {
  const { date, at } = observation;
  const value = valueIn(observation, attribute.fold, unit) ?? observation.value;
  if (date !== undefined) {
    if (date === day) return { observation, place: 'inside', time: timeIn({ start, end }, at), value };
    const isBase = date < day && handsOn(attribute.fold);
    if (!isBase) return undefined;
    return { observation, place: 'before', time: Math.min(timeIn(calendar.bounds(date), at), start - 1), value };
  }
  if (attribute.span === 'split' && observation.start !== undefined)
    return placedShare(attribute, observation, value, { start, end });
  const time = instantOf(attribute, observation);
  return { observation, place: time < start ? 'before' : time < end ? 'inside' : 'after', time, value };
}

/** A date stands in the order of time where its UTC midnight does, but never leaves its day. */
function timeIn({ start, end }: Bounds, midnight: Instant): Instant {
  return Math.max(start, Math.min(midnight, end - 1));
}

/** Why a reading does not count; undefined where it does. */
export function whyUnused(
  { fold, when, type }: AttributeConfiguration,
  observation: Observation,
  unit?: string,
): string | undefined {
  const { retained, date } = observation;
  if (retained === true && fold.kind !== 'last') return 'kept by the broker, may be old';
  const value = valueIn(observation, fold, unit);
  if (value === undefined) return `its unit ${observation.unit} cannot be turned into ${unit}`;
  if (isEnding(value)) return 'says that nothing is known';
  if (type !== 'string' && typeof value === 'string' && /^\s*[+-]?nan\s*$/i.test(value)) return 'not a number';
  if (when !== undefined && !holds(when, value)) return '"when" does not hold';
  if (date !== undefined && needsTimes(fold)) return 'has a date only, and this fold needs times';
  return NUMERIC.has(fold.kind) && numberOf(value) === undefined ? 'not a number' : undefined;
}

/** Whether a reading has a say: it counts, or says "nothing is known", which ends what the last value holds. */
export function isCounting(attribute: AttributeConfiguration, observation: Observation, unit?: string): boolean {
  return whyUnused(attribute, observation, unit) === undefined || endsWhatHolds(attribute, observation);
}

/** Readings that say "nothing is known" are no values, but end what the last value holds. */
function endsWhatHolds({ fold }: AttributeConfiguration, { retained, date, value }: Observation): boolean {
  return isTimeDependent(fold) && retained !== true && date === undefined && isEnding(value);
}

function needsTimes(fold: AttributeConfiguration['fold']): boolean {
  return isTimeDependent(fold) || fold.kind === 'time_first' || fold.kind === 'time_last';
}

const NUMERIC: ReadonlySet<string> = new Set([
  'sum',
  'min',
  'max',
  'mean',
  'median',
  'increase',
  'time_mean',
  'integral',
]);

function placedShare(
  attribute: Pick<AttributeConfiguration, 'fold'>,
  observation: Observation,
  value: Value,
  day: Bounds,
): Placed {
  const from = observation.start ?? observation.at;
  const { at } = observation;
  const isPoint = from === at;
  if (from >= day.end) return { observation, place: 'after', time: from, value };
  if (isPoint ? at < day.start : at <= day.start) return { observation, place: 'before', time: from, value };
  const number = numberOf(value);
  if (isPoint || number === undefined || isTimeDependent(attribute.fold))
    return { observation, place: 'inside', time: from, value };
  const overlap = Math.min(at, day.end) - Math.max(from, day.start);
  return {
    observation,
    place: 'inside',
    time: from,
    value: overlap === at - from ? value : (number * overlap) / (at - from),
  };
}
