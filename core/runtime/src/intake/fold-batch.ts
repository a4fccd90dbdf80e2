import { setImmediate as breathe } from 'node:timers/promises';
import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import { handsOn } from '../folding/index.ts';
import type { AttributeDay, AttributeDays, FoldedDay } from '../store/attribute-days.ts';
import type { Journal } from '../store/journal.ts';
import type { AttributeIndex } from './attribute-index.ts';
import { halvesOf } from './day-runs.ts';
import type { DayRun } from './day-runs.ts';
import type { DayValues, SettledValue } from './day-values.ts';
import { nextDayWithReadings } from './following-days.ts';
import type { JournalStretch } from './journal-stretch.ts';

/** Sources, the web address and timers get their turn after so many readings were folded; what a day costs besides counts as some. */
const READINGS_A_TURN = 1000;
const DAY_AS_READINGS = 20;

/** Days that are read one by one where they cannot be read together. */
const FEWEST_HALVED = 100;

export type TouchedDay = DayKey & { readonly mark: number };

export interface FoldParts {
  readonly journal: Journal;
  readonly days: AttributeDays;
  readonly attributes: AttributeIndex;
  readonly calendar: Calendar;
  readonly values: DayValues;
}

type MarkedDay = DayKey & { readonly mark?: number };

interface Outcome {
  readonly day: FoldedDay;
  /** Of each series that has one, the time of the first reading that counts. Its readings themselves are let go. */
  readonly first: ReadonlyMap<string, Instant>;
}

/** What the days of a run need, in memory. */
interface Ahead {
  readonly attribute: AttributeConfiguration;
  readonly stretch: JournalStretch;
  readonly known: ReadonlyMap<LocalDay, AttributeDay>;
  /** None of them is yet to come. */
  readonly isPast: boolean;
}

const NONE: ReadonlyMap<string, Instant> = new Map();

/** Attribute-days that are folded together and then settled in one transaction. */
export class FoldBatch {
  readonly #parts: FoldParts;
  readonly #settled: FoldedDay[] = [];
  /** Of days folded one by one, of which others may start. */
  readonly #outcomes = new Map<string, Outcome>();
  readonly #marks = new Map<string, number>();
  #sinceTurn = 0;

  constructor(parts: FoldParts) {
    this.#parts = parts;
  }

  /** Those folded so far, with the marks of those that were touched. */
  get settled(): readonly FoldedDay[] {
    const single = [...this.#outcomes].map(([id, { day }]): FoldedDay => {
      const mark = this.#marks.get(id);
      return mark === undefined ? day : { ...day, mark };
    });
    return [...this.#settled, ...single];
  }

  /** `onError` is told of each day that cannot be folded; it keeps the value it had and holds up no other. */
  async fold(run: DayRun<TouchedDay>, onError: (key: DayKey, error: unknown) => Promise<void>): Promise<void> {
    const ahead = await this.#readAhead(run);
    if (ahead === undefined && run.keys.length > FEWEST_HALVED) {
      for (const half of halvesOf(run)) await this.fold(half, onError);
      return;
    }
    for (const key of run.keys) {
      try {
        if (this.#sinceTurn >= READINGS_A_TURN) await this.#giveTurn();
        if (ahead === undefined) await this.#foldAlone(key);
        else this.#foldAhead(key, ahead);
      } catch (error) {
        const { attribute, date } = key;
        this.#outcomes.set(idOf(key), { day: kept(key, await this.#parts.days.get(attribute, date)), first: NONE });
        this.#marks.set(idOf(key), key.mark);
        await onError(key, error);
      }
    }
  }

  /** Undefined where the days are to be read one by one; what cannot be read of many is then told of the one that it is in. */
  async #readAhead({ attribute: name, first, last }: DayRun): Promise<Ahead | undefined> {
    const { attributes, values, days } = this.#parts;
    const attribute = attributes.get(name);
    try {
      const stretch = attribute && (await values.stretch(attribute, first, last));
      if (attribute === undefined || stretch === undefined) return undefined;
      const known = await days.list({ attribute: name, from: first, to: last });
      return {
        attribute,
        stretch,
        known: new Map(known.map((day) => [day.date, day])),
        isPast: !values.isAhead(last),
      };
    } catch {
      return undefined;
    }
  }

  #foldAhead(key: TouchedDay, { attribute, stretch, known, isPast }: Ahead): void {
    const value = this.#parts.values.within(stretch, attribute, key.date);
    const day = this.#dayOf(key, attribute, known.get(key.date), value, isPast);
    this.#sinceTurn += DAY_AS_READINGS + day.readings;
    this.#settled.push(day);
  }

  async #foldAlone(key: TouchedDay): Promise<void> {
    this.#marks.set(idOf(key), key.mark);
    await this.#foldOnce(key);
    await this.#foldFollowing(key);
  }

  async #foldOnce(key: DayKey): Promise<Outcome> {
    const known = this.#outcomes.get(idOf(key));
    if (known !== undefined) return known;
    if (this.#sinceTurn >= READINGS_A_TURN) await this.#giveTurn();
    const outcome = await this.#outcome(key);
    this.#sinceTurn += DAY_AS_READINGS + outcome.day.readings;
    this.#outcomes.set(idOf(key), outcome);
    return outcome;
  }

  /** The days that start from this one: up to the next one with a reading that counts, and as far as that may be a dip. */
  async #foldFollowing({ attribute: name, date }: DayKey): Promise<void> {
    const { attributes, journal, calendar } = this.#parts;
    const attribute = attributes.get(name);
    if (attribute === undefined || !handsOn(attribute.fold)) return;
    const glitchMs = attribute.fold.kind === 'increase' ? attribute.fold.glitchMs : 0;
    for (const series of attribute.from) {
      let reach: Instant | undefined;
      let day: LocalDay | undefined = date;
      for (;;) {
        day = await nextDayWithReadings(journal, calendar, attribute, series, day);
        if (day === undefined || (reach !== undefined && calendar.bounds(day).start > reach)) break;
        const first = (await this.#foldOnce({ attribute: name, date: day })).first.get(series);
        reach ??= first === undefined ? undefined : first + glitchMs;
      }
    }
  }

  async #outcome(key: DayKey): Promise<Outcome> {
    const { days, attributes, values } = this.#parts;
    const known = await days.get(key.attribute, key.date);
    const attribute = attributes.get(key.attribute);
    if (attribute === undefined) return { day: kept(key, known), first: NONE };
    const value = await values.of(attribute, key.date);
    return { day: this.#dayOf(key, attribute, known, value), first: value.first };
  }

  #dayOf(
    key: MarkedDay,
    attribute: AttributeConfiguration,
    known: AttributeDay | undefined,
    { value, readings, reason, hasTable }: SettledValue,
    isPast = false,
  ): FoldedDay {
    const { values } = this.#parts;
    const { date, mark } = key;
    // Of a pruned day a smaller set than was folded before proves nothing.
    const isIncomplete = known !== undefined && readings < known.readings && values.isPruned(date) && !hasTable;
    if (isIncomplete || (!isPast && values.isAhead(date))) return kept(key, known);
    return { attribute: attribute.name, date, account: attribute.account, wanted: value, readings, reason, mark };
  }

  async #giveTurn(): Promise<void> {
    await breathe();
    this.#sinceTurn = 0;
  }
}

function idOf({ attribute, date }: DayKey): string {
  return `${date} ${attribute}`;
}

function kept({ attribute, date, mark }: MarkedDay, known: AttributeDay | undefined): FoldedDay {
  return {
    attribute,
    date,
    account: known?.account ?? 'me',
    wanted: known?.wanted,
    readings: known?.readings ?? 0,
    reason: known?.reason,
    mark,
  };
}
