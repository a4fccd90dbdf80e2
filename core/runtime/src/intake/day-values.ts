import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { around } from '../day/local-days.ts';
import { combine, foldDay, loneNumber, needsBase, toWire, traceDay } from '../folding/index.ts';
import type { Folded, FoldedReading, FoldInput, WireResult } from '../folding/index.ts';
import type { WireValue } from '../store/attribute-days.ts';
import type { Journal, JournalReading } from '../store/journal.ts';
import { readingsOf, readingsWithin } from './day-readings.ts';
import type { DayReadings } from './day-readings.ts';
import { JournalStretch } from './journal-stretch.ts';

/** As the attribute-day is settled. */
export interface SettledValue {
  readonly value: WireValue | undefined;
  readonly raw: number | string | boolean | undefined;
  readonly readings: number;
  readonly reason: string | undefined;
  /** A reading of the day stands in a table. */
  readonly hasTable: boolean;
}

export interface DayValue extends SettledValue {
  /** Of each series that has one, the time of the first reading that counts. */
  readonly first: ReadonlyMap<string, Instant>;
}

export interface DayResult extends DayValue {
  readonly trace: readonly (FoldedReading & { readonly series: string })[];
}

/** The row of a reading, and the text that it becomes, take twice as much memory as folding it. */
const EXPLAINED = 3;

interface SeriesInput {
  readonly series: string;
  readonly input: FoldInput;
}

/** What the readings in the journal make of an attribute-day; changes nothing. */
export class DayValues {
  /** Readings of earlier days were removed. */
  keptFrom: LocalDay | undefined;
  readonly #journal: Journal;
  readonly #calendar: Calendar;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #most: number;

  /** `most` readings of an attribute-day are folded, a third of that is explained; beyond it DayTooLarge is thrown. */
  constructor(journal: Journal, calendar: Calendar, clock: Pick<Clock, 'now'>, most: number) {
    this.#journal = journal;
    this.#calendar = calendar;
    this.#clock = clock;
    this.#most = most;
  }

  async of(attribute: AttributeConfiguration, date: LocalDay): Promise<DayValue> {
    return this.#folded(attribute, date, await readingsOf(this.#journal, this.#calendar, attribute, date, this.#most));
  }

  /** For `within`; undefined where each day is better read by itself. */
  async stretch(
    attribute: AttributeConfiguration,
    first: LocalDay,
    last: LocalDay,
  ): Promise<JournalStretch | undefined> {
    if (first === last || needsBase(attribute.fold)) return undefined;
    return await JournalStretch.read(this.#journal, attribute, first, last);
  }

  /** As `of`, from readings that are in memory already. */
  within(stretch: JournalStretch, attribute: AttributeConfiguration, date: LocalDay): SettledValue {
    const number = stretch.number(date);
    if (number !== undefined) return valueAlone(number, toWire(number, attribute, undefined));
    const lone = stretch.lone(date);
    const raw = lone?.table === undefined ? undefined : loneNumber(attribute, lone);
    if (raw !== undefined) return valueAlone(raw, toWire(raw, attribute, lone?.unit));
    return this.#folded(attribute, date, readingsWithin(stretch, this.#calendar, attribute, date));
  }

  /** As `of`, and how it came about. */
  async explain(attribute: AttributeConfiguration, date: LocalDay): Promise<DayResult> {
    const most = Math.floor(this.#most / EXPLAINED);
    const readings = await readingsOf(this.#journal, this.#calendar, attribute, date, most);
    const folds = this.#inputsOf(attribute, date, readings).map(({ series, input }) => ({
      series,
      ...traceDay(input),
    }));
    const trace = folds.flatMap(({ series, trace: rows }) => rows.map((row) => ({ ...row, series })));
    return { ...valueOf(attribute, readings.unit, folds), trace };
  }

  #folded(attribute: AttributeConfiguration, date: LocalDay, readings: DayReadings): DayValue {
    const folds = this.#inputsOf(attribute, date, readings).map(({ series, input }) => ({ series, ...foldDay(input) }));
    return valueOf(attribute, readings.unit, folds);
  }

  #inputsOf(attribute: AttributeConfiguration, day: LocalDay, { bySeries, unit }: DayReadings): SeriesInput[] {
    const calendar = this.#calendar;
    const bounds = calendar.bounds(day);
    const until = Math.min(bounds.end, Math.max(bounds.start, this.#clock.now()));
    return bySeries.map(({ series, observations: all, before }) => {
      const observations = this.isPruned(day) ? all.filter((reading) => this.#isComplete(day, reading)) : all;
      return { series, input: { attribute, day, calendar, until, observations, before, unit } };
    });
  }

  /** Of a pruned day a later one may have kept a reading to start from; without the others it is no reading of its day. */
  #isComplete(date: LocalDay, { table, receivedAt }: JournalReading): boolean {
    return table !== undefined || receivedAt >= this.#calendar.bounds(this.#firstKept ?? date).start;
  }

  isAhead(date: LocalDay): boolean {
    const now = this.#clock.now();
    return around(date, date).end > now && this.#calendar.bounds(date).start > now;
  }

  /** Raw readings of this day may be gone from the journal. */
  isPruned(date: LocalDay): boolean {
    return this.#firstKept !== undefined && date < this.#firstKept;
  }

  /** A clock that was years ahead may have left a day to come. */
  get #firstKept(): LocalDay | undefined {
    if (this.keptFrom === undefined) return undefined;
    const today = this.#calendar.dayOf(this.#clock.now());
    return this.keptFrom < today ? this.keptFrom : today;
  }
}

function valueOf(
  attribute: AttributeConfiguration,
  unit: string | undefined,
  folds: readonly (Folded & { readonly series: string })[],
): DayValue {
  const raw = combine(
    folds.map(({ value }) => value),
    attribute.combine,
  );
  const wire = raw === undefined ? undefined : toWire(raw, attribute, unit);
  const first = new Map<string, Instant>();
  let readings = 0;
  for (const fold of folds) {
    readings += fold.used;
    if (fold.first !== undefined) first.set(fold.series, fold.first);
  }
  return {
    value: wire !== undefined && 'value' in wire ? wire.value : undefined,
    raw,
    readings,
    reason: wire !== undefined && 'reason' in wire ? wire.reason : undefined,
    first,
    hasTable: folds.some(({ hasTable }) => hasTable),
  };
}

/** Of a day with one reading of a table. */
function valueAlone(raw: number, wire: WireResult): SettledValue {
  const isFit = 'value' in wire;
  return {
    value: isFit ? wire.value : undefined,
    raw,
    readings: 1,
    reason: isFit ? undefined : wire.reason,
    hasTable: true,
  };
}
