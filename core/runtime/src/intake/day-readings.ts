import { setImmediate as breathe } from 'node:timers/promises';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import { commonUnit, handsOn, instantOf, isCounting, spanOfInterest } from '../folding/index.ts';
import type { SpanOfInterest } from '../folding/index.ts';
import { DayTooLarge } from '../kernel/errors.ts';
import type { Journal, JournalReading } from '../store/journal.ts';
import { isOutside } from './journal-stretch.ts';
import type { JournalStretch } from './journal-stretch.ts';

/** Mostly the first reading back is the one looked for. */
const FIRST_PAGE = 16;
const LARGEST_PAGE = 2000;
const NONE: readonly JournalReading[] = [];

export interface SeriesReadings {
  readonly series: string;
  readonly observations: readonly JournalReading[];
  readonly before: readonly JournalReading[];
}

/** All that the value of an attribute-day depends on. */
export interface DayReadings {
  readonly bySeries: readonly SeriesReadings[];
  /** What their amounts are brought to; undefined: they are alike. */
  readonly unit: string | undefined;
}

/** Throws DayTooLarge where more than `most` readings would have to be in memory at once. */
export async function readingsOf(
  journal: Journal,
  calendar: Calendar,
  attribute: AttributeConfiguration,
  date: LocalDay,
  most = Number.POSITIVE_INFINITY,
): Promise<DayReadings> {
  const interest = spanOfInterest(attribute, calendar, date);
  await refuseTooMany(journal, attribute, date, interest, most);
  const around: (readonly JournalReading[])[] = [];
  for (const series of attribute.from) around.push(await observationsOf(journal, series, date, interest));
  const unit = unitOf(attribute, around, calendar.bounds(date).start);
  const bySeries: SeriesReadings[] = [];
  for (const [index, series] of attribute.from.entries()) {
    const before = await baseOf(journal, calendar, attribute, series, date, unit);
    bySeries.push({ series, observations: around[index] ?? [], before });
  }
  const before = bySeries.map(({ observations, before: base }) => [...base, ...observations]);
  return { bySeries, unit: unit ?? commonUnit(attribute, before) };
}

/** The same of one of the days of a stretch, for an attribute whose days start from nothing before them. */
export function readingsWithin(
  stretch: JournalStretch,
  calendar: Calendar,
  attribute: AttributeConfiguration,
  date: LocalDay,
): DayReadings {
  const interest = spanOfInterest(attribute, calendar, date);
  const bySeries = attribute.from.map((series) => {
    const observations = stretch.observations(series, date, interest);
    return { series, observations, before: NONE };
  });
  const around = bySeries.map(({ observations }) => observations);
  const all = commonUnit(attribute, around);
  // What the day itself holds goes before; where nothing has a unit neither has that.
  const unit = all === undefined ? undefined : (unitOf(attribute, around, calendar.bounds(date).start) ?? all);
  return { bySeries, unit };
}

/** The latest reading that counts before what a day looks at, and those at the same moment; empty where there is none. */
export async function baseOf(
  journal: Journal,
  calendar: Calendar,
  attribute: AttributeConfiguration,
  series: string,
  date: LocalDay,
  unit?: string,
): Promise<readonly JournalReading[]> {
  const { needsBase, baseNotBefore, from } = spanOfInterest(attribute, calendar, date);
  if (!needsBase) return [];
  const timed = await latestCounting(journal, attribute, series, { from, notBefore: baseNotBefore }, unit);
  return handsOn(attribute.fold) ? [...timed, ...(await latestDated(journal, attribute, series, date, unit))] : timed;
}

/** By what the day itself holds. */
function unitOf(
  attribute: AttributeConfiguration,
  around: readonly (readonly JournalReading[])[],
  start: Instant,
): string | undefined {
  return commonUnit(
    attribute,
    around.map((observations) => observations.filter(({ at, date: on }) => on !== undefined || at >= start)),
  );
}

async function refuseTooMany(
  journal: Journal,
  attribute: AttributeConfiguration,
  date: LocalDay,
  { from, to }: SpanOfInterest,
  most: number,
): Promise<void> {
  let count = 0;
  for (const series of attribute.from) count += await journal.count(series, { first: date, last: date }, { from, to });
  if (count <= most) return;
  throw new DayTooLarge(
    `${attribute.from.join(', ')} ${attribute.from.length === 1 ? 'has' : 'have'} ${count} readings around ${date}; no more than ${most} fit into memory`,
  );
}

async function observationsOf(
  journal: Journal,
  series: string,
  date: LocalDay,
  interest: SpanOfInterest,
): Promise<readonly JournalReading[]> {
  const { from, to, needsSpans } = interest;
  const inside = await journal.between(series, from, to);
  const spans = needsSpans ? await journal.overlapping(series, from, to) : NONE;
  const outside = spans.filter((span) => isOutside(span, interest));
  return [...inside, ...outside, ...(await journal.dated(series, date))];
}

async function latestCounting(
  journal: Journal,
  attribute: AttributeConfiguration,
  series: string,
  { from, notBefore }: { readonly from: Instant; readonly notBefore: Instant },
  unit: string | undefined,
): Promise<readonly JournalReading[]> {
  const found: JournalReading[] = [];
  let latest = notBefore;
  for await (const page of pagesBefore(journal, series, from)) {
    for (const reading of page) {
      // A span may stand before its end: one that ended earlier may still stand later.
      if (reading.at < latest) return found;
      if (!isCounting(attribute, reading, unit)) continue;
      found.push(reading);
      latest = Math.max(latest, placeOf(attribute, reading));
    }
  }
  return found;
}

function placeOf(attribute: AttributeConfiguration, reading: JournalReading): Instant {
  return attribute.span === 'end' ? instantOf(attribute, reading) : (reading.start ?? reading.at);
}

async function latestDated(
  journal: Journal,
  attribute: AttributeConfiguration,
  series: string,
  date: LocalDay,
  unit: string | undefined,
): Promise<readonly JournalReading[]> {
  for (let day: LocalDay | undefined = date; ;) {
    day = await journal.nextDate(series, day, 'earlier');
    if (day === undefined) return [];
    const counting = (await journal.dated(series, day)).filter((reading) => isCounting(attribute, reading, unit));
    if (counting.length > 0) return counting;
  }
}

/** Back from a moment, newest first, in growing pages; readings of one moment stay in one page. */
async function* pagesBefore(
  journal: Journal,
  series: string,
  moment: Instant,
): AsyncGenerator<readonly JournalReading[]> {
  let before = moment;
  let size = FIRST_PAGE;
  for (;;) {
    const page = await journal.latestBefore(series, before, size);
    const last = page.at(-1);
    if (last === undefined || page.length < size) {
      yield page;
      return;
    }
    // The last moment of a full page may go on in the next one.
    const whole = page.filter(({ at }) => at > last.at);
    const end = whole.at(-1);
    if (end === undefined) {
      size *= 4;
      continue;
    }
    yield whole;
    before = end.at;
    size = Math.max(FIRST_PAGE, Math.min(size * 4, LARGEST_PAGE));
    await breathe();
  }
}
