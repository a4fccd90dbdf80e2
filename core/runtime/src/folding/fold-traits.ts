import type { AttributeConfiguration, FoldSpec } from '../config/configuration.ts';
import type { Bounds, Calendar, Instant, LocalDay } from '../day/calendar.ts';
import { around, nextDay } from '../day/local-days.ts';
import type { Observation } from './observation.ts';

/** A counter's dip or a held value reaches over days, but not over years. */
const MOST_DAYS = 400;

/** Its value goes on changing while nothing arrives. */
export function isTimeDependent(fold: FoldSpec): boolean {
  return fold.kind === 'time_mean' || fold.kind === 'time_in' || fold.kind === 'integral';
}

/** Its day starts from the last reading before it, however old: a changed day changes the next one with readings. */
export function handsOn(fold: FoldSpec): boolean {
  return fold.kind === 'increase' || fold.kind === 'count_changes';
}

type Place = Pick<Observation, 'at' | 'start'>;

export interface SpanOfInterest {
  /** Undated readings with from <= at < to are wanted. */
  readonly from: Instant;
  readonly to: Instant;
  /** The latest reading that counts before `from` is wanted too: the state that carries in, the base of a counter. */
  readonly needsBase: boolean;
  /** Readings before this do not carry in any more. */
  readonly baseNotBefore: Instant;
  /** Spans that overlap the day are wanted. */
  readonly needsSpans: boolean;
}

/**
 * What of the journal the value of a day depends on. A counter's dip lasts `glitch` at the most, so that whatever was
 * taken for the base before `from`, the state at the start of the day is the same.
 */
export function spanOfInterest(
  { fold, span, staleMs }: AttributeConfiguration,
  calendar: Calendar,
  day: LocalDay,
): SpanOfInterest {
  const bounds = calendar.bounds(day);
  return {
    ...spanOf(bounds, fold),
    needsBase: needsBase(fold),
    baseNotBefore: isTimeDependent(fold) ? bounds.start - staleMs : Number.NEGATIVE_INFINITY,
    needsSpans: span !== 'end',
  };
}

/** The same for some days together, at their ends more than that: told without asking a calendar. */
export function spanAround(
  { fold, span }: Pick<AttributeConfiguration, 'fold' | 'span'>,
  first: LocalDay,
  last: LocalDay,
): Pick<SpanOfInterest, 'from' | 'to' | 'needsSpans'> {
  return { ...spanOf(around(first, last), fold), needsSpans: span !== 'end' };
}

/** Its day starts from what lies before it. */
export function needsBase(fold: FoldSpec): boolean {
  return isTimeDependent(fold) || handsOn(fold);
}

function spanOf({ start, end }: Bounds, fold: FoldSpec): Pick<SpanOfInterest, 'from' | 'to'> {
  const glitchMs = fold.kind === 'increase' ? fold.glitchMs : 0;
  // A span that ends on the very midnight belongs to the day before it.
  return { from: start - glitchMs, to: end + glitchMs + 1 };
}

/**
 * The days whose value a reading may change, in order. What a reading changes through a counter's base or a state before
 * the day is not in it: where a fold hands on, the next day with a reading that counts changes as well, and with
 * `increase` those that begin within `glitch` after that reading, since it may now be a fall or none.
 */
export function touchedDays(
  attribute: AttributeConfiguration,
  calendar: Calendar,
  observation: Place & Pick<Observation, 'date'>,
): LocalDay[] {
  if (observation.date !== undefined) return [observation.date];
  const isSplit = attribute.span === 'split' && observation.start !== undefined;
  const first = isSplit ? (observation.start ?? observation.at) : instantOf(attribute, observation);
  const last = isSplit ? Math.max(first, observation.at - 1) : first;
  const { backMs, aheadMs } = reachOf(attribute);
  return daysFrom(calendar.dayOf(first - backMs), calendar.dayOf(Math.max(last, first + aheadMs)));
}

/** The days that a reading without a span may change at that moment, and between which moments they are the same. */
export function touchedWhile(
  attribute: AttributeConfiguration,
  calendar: Calendar,
  at: Instant,
): { readonly days: readonly LocalDay[]; readonly from: Instant; readonly to: Instant } {
  const { backMs, aheadMs } = reachOf(attribute);
  const [first, last] = [calendar.dayOf(at - backMs), calendar.dayOf(at + aheadMs)];
  const [early, late] = [calendar.bounds(first), calendar.bounds(last)];
  return {
    days: daysFrom(first, last),
    from: Math.max(early.start + backMs, late.start - aheadMs),
    to: Math.min(early.end + backMs, late.end - aheadMs),
  };
}

/** How far from its own moment a reading may change something. */
function reachOf({ fold, staleMs }: AttributeConfiguration): { readonly backMs: number; readonly aheadMs: number } {
  return { backMs: fold.kind === 'increase' ? fold.glitchMs : 0, aheadMs: isTimeDependent(fold) ? staleMs : 0 };
}

function daysFrom(first: LocalDay, last: LocalDay): LocalDay[] {
  const days: LocalDay[] = [];
  for (let day = first; day <= last && days.length < MOST_DAYS; day = nextDay(day)) days.push(day);
  return days;
}

/** Where a reading stands: the day a span ends is that of its last moment. */
export function instantOf({ span }: Pick<AttributeConfiguration, 'span'>, { at, start }: Place): Instant {
  if (start === undefined) return at;
  return span === 'start' ? start : Math.max(start, at - 1);
}
