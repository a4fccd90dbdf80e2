import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Calendar, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { combine, foldDay, toWire } from '../folding/index.ts';
import type { FoldedReading } from '../folding/index.ts';
import type { WireValue } from '../store/attribute-days.ts';
import type { Journal, JournalReading } from '../store/journal.ts';
import { readingsOf } from './day-readings.ts';

export interface DayResult {
  readonly value: WireValue | undefined;
  readonly raw: number | string | boolean | undefined;
  readonly readings: number;
  readonly reason: string | undefined;
  readonly trace: readonly (FoldedReading & { readonly series: string })[];
}

/** What the readings in the journal make of an attribute-day; changes nothing. */
export class DayValues {
  /** Readings of earlier days were removed. */
  keptFrom: LocalDay | undefined;
  readonly #journal: Journal;
  readonly #calendar: Calendar;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(journal: Journal, calendar: Calendar, clock: Pick<Clock, 'now'>) {
    this.#journal = journal;
    this.#calendar = calendar;
    this.#clock = clock;
  }

  async of(attribute: AttributeConfiguration, date: LocalDay): Promise<DayResult> {
    const bounds = this.#calendar.bounds(date);
    const until = Math.min(bounds.end, Math.max(bounds.start, this.#clock.now()));
    const trace: (FoldedReading & { series: string })[] = [];
    const values: (number | string | boolean | undefined)[] = [];
    let readings = 0;
    const { bySeries, unit } = await readingsOf(this.#journal, this.#calendar, attribute, date);
    for (const { series, observations, before } of bySeries) {
      const complete = observations.filter((reading) => this.#isComplete(date, reading));
      const input = { attribute, day: date, calendar: this.#calendar, until, before, unit };
      const folded = foldDay({ ...input, observations: complete });
      values.push(folded.value);
      readings += folded.used;
      for (const row of folded.trace) trace.push({ ...row, series });
    }
    const raw = combine(values, attribute.combine);
    if (raw === undefined) return { value: undefined, raw, readings, reason: undefined, trace };
    const wire = toWire(raw, attribute, unit);
    return 'value' in wire
      ? { value: wire.value, raw, readings, reason: undefined, trace }
      : { value: undefined, raw, readings, reason: wire.reason, trace };
  }

  /** Of a pruned day a later one may have kept a reading to start from; without the others it is no reading of its day. */
  #isComplete(date: LocalDay, { table, receivedAt }: JournalReading): boolean {
    const first = this.#firstKept;
    return !this.isPruned(date) || table !== undefined || receivedAt >= this.#calendar.bounds(first ?? date).start;
  }

  isAhead(date: LocalDay): boolean {
    return this.#calendar.bounds(date).start > this.#clock.now();
  }

  /** Raw readings of this day may be gone from the journal. */
  isPruned(date: LocalDay): boolean {
    return this.#firstKept !== undefined && date < this.#firstKept;
  }

  /** A clock that was years ahead may have left a day to come. */
  get #firstKept(): LocalDay | undefined {
    const today = this.#calendar.dayOf(this.#clock.now());
    return this.keptFrom === undefined || this.keptFrom < today ? this.keptFrom : today;
  }
}
