import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Bounds, Instant, LocalDay } from '../day/calendar.ts';
import { instantOf, isTimeDependent } from './fold-traits.ts';
import { holds } from './holds.ts';
import { numberOf } from './number-of.ts';
import { isEnding } from './observation.ts';
import type { Observation } from './observation.ts';

/** A reading as seen from one local day. */
export interface Placed {
  readonly observation: Observation;
  readonly place: 'before' | 'inside' | 'after';
  /** Where it stands in the order of the day. */
  readonly time: Instant;
  /** The value, or the day's share of a span's value. */
  readonly value: Value;
}

/** Undefined: a dated reading of another day. */
export function placed(
  attribute: Pick<AttributeConfiguration, 'fold' | 'span'>,
  observation: Observation,
  day: LocalDay,
  { start, end }: Bounds,
): Placed | undefined {
  const { date, value } = observation;
  if (date !== undefined) {
    const time = Math.max(start, Math.min(observation.at, end - 1));
    return date === day ? { observation, place: 'inside', time, value } : undefined;
  }
  if (attribute.span === 'split' && observation.start !== undefined)
    return placedShare(attribute, observation, { start, end });
  const time = instantOf(attribute, observation);
  return { observation, place: time < start ? 'before' : time < end ? 'inside' : 'after', time, value };
}

/** Why a reading does not count; undefined where it does. */
export function whyUnused(
  { fold, when, type }: AttributeConfiguration,
  { value, retained, date }: Observation,
): string | undefined {
  if (retained === true && fold.kind !== 'last') return 'kept by the broker, may be old';
  if (isEnding(value)) return 'says that nothing is known';
  if (type !== 'string' && typeof value === 'string' && /^\s*[+-]?nan\s*$/i.test(value)) return 'not a number';
  if (when !== undefined && !holds(when, value)) return '"when" does not hold';
  if (date !== undefined && isTimeDependent(fold)) return 'has a date only, and this fold needs times';
  return NUMERIC.has(fold.kind) && numberOf(value) === undefined ? 'not a number' : undefined;
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

function placedShare(attribute: Pick<AttributeConfiguration, 'fold'>, observation: Observation, day: Bounds): Placed {
  const from = observation.start ?? observation.at;
  const { at, value } = observation;
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
