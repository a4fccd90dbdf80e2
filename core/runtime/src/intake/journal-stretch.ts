import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import { isToldByOne, spanAround } from '../folding/index.ts';
import type { SpanOfInterest } from '../folding/index.ts';
import type { Journal, JournalReading } from '../store/journal.ts';

/** Held in memory at once; of days with more each has enough to do by itself. */
const MOST = 10_000;
const NONE: readonly JournalReading[] = [];

/** Of a series that is told by numbers. */
const NOTHING: SeriesStretch = { timed: NONE, spans: NONE, dated: new Map() };

interface SeriesStretch {
  /** Undated, in the order of time; some before and behind the days too. */
  readonly timed: readonly JournalReading[];
  readonly spans: readonly JournalReading[];
  readonly dated: ReadonlyMap<LocalDay, readonly JournalReading[]>;
}

/** The readings of some days of an attribute, read at once. Where a day starts from lies before them and is not in it. */
export class JournalStretch {
  readonly #bySeries: ReadonlyMap<string, SeriesStretch>;
  readonly #numbers: ReadonlyMap<LocalDay, number> | undefined;

  private constructor(bySeries: ReadonlyMap<string, SeriesStretch>, numbers?: ReadonlyMap<LocalDay, number>) {
    this.#bySeries = bySeries;
    this.#numbers = numbers;
  }

  /** Undefined where there are too many. */
  static async read(
    journal: Journal,
    attribute: AttributeConfiguration,
    first: LocalDay,
    last: LocalDay,
  ): Promise<JournalStretch | undefined> {
    const { from, to, needsSpans } = spanAround(attribute, first, last);
    const [only] = attribute.from;
    if (only !== undefined && attribute.from.length === 1 && isToldByOne(attribute)) {
      const numbers = await journal.numbers(only, { first, last }, { from, to });
      if (numbers !== undefined) return new JournalStretch(new Map([[only, NOTHING]]), numbers);
    }
    let count = 0;
    for (const series of attribute.from) count += await journal.count(series, { first, last }, { from, to });
    if (count > MOST) return undefined;
    const bySeries = new Map<string, SeriesStretch>();
    for (const series of attribute.from) {
      bySeries.set(series, {
        timed: await journal.between(series, from, to),
        spans: needsSpans ? await journal.overlapping(series, from, to) : NONE,
        dated: Map.groupBy(await journal.dated(series, first, last), ({ date }) => date as LocalDay),
      });
    }
    return new JournalStretch(bySeries);
  }

  /** All that is said of a date, where that is one number of a table. */
  number(date: LocalDay): number | undefined {
    return this.#numbers?.get(date);
  }

  /** The only reading of a date, where no other one can have a say on it. */
  lone(date: LocalDay): JournalReading | undefined {
    let lone: JournalReading | undefined;
    for (const { timed, spans, dated } of this.#bySeries.values()) {
      if (timed.length + spans.length > 0) return undefined;
      const onDate = dated.get(date);
      if (onDate === undefined) continue;
      if (lone !== undefined || onDate.length > 1) return undefined;
      [lone] = onDate;
    }
    return lone;
  }

  /** What `between`, `overlapping` and `dated` of the journal give for one of the days. */
  observations(series: string, date: LocalDay, interest: SpanOfInterest): readonly JournalReading[] {
    const { timed, spans, dated } = this.#bySeries.get(series) as SeriesStretch;
    const { from, to } = interest;
    const onDate = dated.get(date) ?? NONE;
    if (timed.length + spans.length === 0) return onDate;
    const inside = timed.slice(placeOf(timed, from), placeOf(timed, to));
    const outside = spans.filter((span) => (span.start ?? to) < to && span.at > from && isOutside(span, interest));
    return [...inside, ...outside, ...onDate];
  }
}

/** Of a span that overlaps a day: it is not among the readings inside. */
export function isOutside({ at, date }: JournalReading, { from, to }: SpanOfInterest): boolean {
  return date === undefined && (at < from || at >= to);
}

/** Of the first reading at this moment or later. */
function placeOf(readings: readonly JournalReading[], moment: Instant): number {
  let [low, high] = [0, readings.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((readings[middle] as JournalReading).at < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}
