import { setImmediate as breathe } from 'node:timers/promises';
import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { nextDay } from '../day/local-days.ts';
import { handsOn, isTimeDependent, touchedDays } from '../folding/index.ts';
import { DayTooLarge } from '../kernel/errors.ts';
import type { AttributeDay, AttributeDays, FoldedDay } from '../store/attribute-days.ts';
import type { Journal } from '../store/journal.ts';
import type { Problems } from '../store/problems.ts';
import type { AttributeIndex } from './attribute-index.ts';
import { runsOf } from './day-runs.ts';
import type { DayRun } from './day-runs.ts';
import { DayValues } from './day-values.ts';
import type { DayResult, DayValue } from './day-values.ts';
import { nextDayWithReadings } from './following-days.ts';
import type { JournalStretch } from './journal-stretch.ts';
import { mostFoldable } from './most-foldable.ts';

/** Folded in one transaction, which costs a sync of the disk. */
const BATCH = 5000;
/** Sources, the web address and timers get their turn after so many readings were folded; what a day costs besides counts as some. */
const READINGS_A_TURN = 1000;
const DAY_AS_READINGS = 20;
const HOUR_MS = 3_600_000;
/** After a longer absence, or a leap of the clock, days further back are folded only where readings touch them. */
const MOST_MISSED_MS = 400 * 24 * HOUR_MS;
const UNFOLDED = 'attribute.unfolded';
const DAMAGED = 'it keeps the value it had; with a damaged database the next start says what can be saved';
const TOO_LARGE =
  'it keeps the value it had; let the device send less often, or give Node.js more memory: NODE_OPTIONS=--max-old-space-size=1024 (MB)';
const AHEAD = 'the day is yet to come';

interface Outcome {
  readonly day: FoldedDay;
  /** Of each series that has one, the time of the first reading that counts. Its readings themselves are let go. */
  readonly first: ReadonlyMap<string, Instant>;
}

const NONE: ReadonlyMap<string, Instant> = new Map();

/** What the days of a run need, in memory. */
interface Ahead {
  readonly attribute: AttributeConfiguration;
  readonly stretch: JournalStretch;
  readonly known: ReadonlyMap<LocalDay, AttributeDay>;
}

/**
 * Folds the attribute-days that were touched, from the journal: the one place where readings become values.
 *
 * A day that hands its last state on (a counter, a state whose changes are counted) is folded together with the days that
 * start from it, in one transaction: a crash leaves either all of them folded or the touch. A day that is yet to come has
 * no value; when it comes, the first refresh folds it. While the clock cannot be trusted nothing is folded, and what was
 * touched stays touched.
 */
export class DayFolding {
  readonly #journal: Journal;
  readonly #days: AttributeDays;
  readonly #attributes: AttributeIndex;
  readonly #calendar: Calendar;
  readonly #clock: Pick<Clock, 'now' | 'trusted'>;
  readonly #problems: Pick<Problems, 'raise' | 'clear'> | undefined;
  readonly #unfolded = new Set<string>();
  readonly #values: DayValues;
  #running: Promise<void> = Promise.resolve();
  #sinceTurn = 0;

  constructor(
    journal: Journal,
    days: AttributeDays,
    attributes: AttributeIndex,
    calendar: Calendar,
    clock: Pick<Clock, 'now' | 'trusted'>,
    problems?: Pick<Problems, 'raise' | 'clear'>,
    most = mostFoldable(),
  ) {
    this.#journal = journal;
    this.#days = days;
    this.#attributes = attributes;
    this.#calendar = calendar;
    this.#clock = clock;
    this.#problems = problems;
    this.#values = new DayValues(journal, calendar, clock, most);
  }

  /** Raw readings of earlier days were removed from the journal. */
  get keptFrom(): LocalDay | undefined {
    return this.#values.keptFrom;
  }

  set keptFrom(date: LocalDay | undefined) {
    this.#values.keptFrom = date;
  }

  /** Folds what was touched. One pass at a time. */
  fold(): Promise<void> {
    const next = this.#running.then(() => this.#pass());
    this.#running = next.catch(() => undefined);
    return next;
  }

  /**
   * As `fold`, with the days that change by mere passing of time. `since` is the day of the last refresh: each day that
   * ended or came since is folded for every attribute, today only for those that move with time.
   */
  async refresh(since: LocalDay | undefined): Promise<void> {
    if (!this.#clock.trusted()) return;
    const today = this.#calendar.dayOf(this.#clock.now());
    const all = this.#attributes.all();
    if (since === today) {
      const moving = all.filter(({ fold }) => isTimeDependent(fold));
      await this.#days.touch(moving.map(({ name }) => ({ attribute: name, date: today })));
    } else {
      const yesterday = this.#calendar.dayOf(this.#calendar.bounds(today).start - 1);
      const from =
        since === undefined || since > yesterday
          ? yesterday
          : later(since, this.#calendar.dayOf(this.#clock.now() - MOST_MISSED_MS));
      const dates = datesFrom(from, today);
      await this.#days.touch(all.flatMap(({ name }) => dates.map((date) => ({ attribute: name, date }))));
    }
    await this.fold();
  }

  /** Marks every day on which readings of an attribute have a say; for a new or changed definition. */
  async touchAll(attribute: AttributeConfiguration): Promise<void> {
    const dates = new Set<LocalDay>();
    for (const series of attribute.from) {
      const { hours, dates: dated } = await this.#journal.presence(series);
      for (const hour of hours) {
        // Readings of one hour of UTC can touch different days.
        for (const at of [hour, hour + HOUR_MS - 1])
          for (const date of touchedDays(attribute, this.#calendar, { at, value: 0 })) dates.add(date);
      }
      for (const date of dated) dates.add(date);
      if (attribute.span === 'end') continue;
      for (const span of await this.#journal.overlapping(series, 0, Number.MAX_SAFE_INTEGER))
        for (const date of touchedDays(attribute, this.#calendar, span)) dates.add(date);
    }
    const known = await this.#days.list({ attribute: attribute.name });
    for (const day of known) if (!this.#values.isPruned(day.date)) dates.add(day.date);
    await this.#days.touch([...dates].map((date) => ({ attribute: attribute.name, date })));
  }

  /** The value of one attribute-day as the journal has it now, with the way it came about. */
  async explain(attribute: AttributeConfiguration, date: LocalDay): Promise<DayResult> {
    const result = await this.#values.explain(attribute, date);
    return this.#values.isAhead(date) ? { ...result, value: undefined, raw: undefined, reason: AHEAD } : result;
  }

  async #pass(): Promise<void> {
    while (this.#clock.trusted()) {
      const keys = await this.#days.touched(BATCH);
      if (keys.length === 0) return;
      const marks = new Map(keys.map((key) => [idOf(key), key.mark]));
      const outcomes = new Map<string, Outcome>();
      const before = this.#unfolded.size;
      const failed = new Set<string>();
      for (const run of runsOf(keys)) await this.#foldRun(run, outcomes, failed);
      if (before > 0) await this.#settleProblems(keys, failed);
      const settled = [...outcomes].map(([id, { day }]): FoldedDay => {
        const mark = marks.get(id);
        return mark === undefined ? day : { ...day, mark };
      });
      await this.#days.settle(settled, this.#clock.now());
    }
  }

  async #foldRun(run: DayRun, outcomes: Map<string, Outcome>, failed: Set<string>): Promise<void> {
    const ahead = await this.#readAhead(run);
    for (const key of run.keys) {
      try {
        if (this.#sinceTurn >= READINGS_A_TURN) await this.#giveTurn();
        if (ahead !== undefined) this.#keep(this.#outcomeAhead(key, ahead), outcomes);
        else {
          await this.#foldOnce(key, outcomes);
          await this.#foldFollowing(key, outcomes);
        }
      } catch (error) {
        failed.add(key.attribute);
        await this.#leaveOut(key, outcomes, error);
      }
    }
  }

  /** Undefined where the days are to be read one by one; what cannot be read of many is then told of the one that it is in. */
  async #readAhead({ attribute: name, first, last }: DayRun): Promise<Ahead | undefined> {
    const attribute = this.#attributes.get(name);
    try {
      const stretch = attribute && (await this.#values.stretch(attribute, first, last));
      if (attribute === undefined || stretch === undefined) return undefined;
      const known = await this.#days.list({ attribute: name, from: first, to: last });
      return { attribute, stretch, known: new Map(known.map((day) => [day.date, day])) };
    } catch {
      return undefined;
    }
  }

  async #giveTurn(): Promise<void> {
    await breathe();
    this.#sinceTurn = 0;
  }

  /** One attribute-day that cannot be folded keeps the value it had, is told, and holds up no other. */
  async #leaveOut(key: DayKey, outcomes: Map<string, Outcome>, error: unknown): Promise<void> {
    outcomes.set(idOf(key), { day: kept(key, await this.#days.get(key.attribute, key.date)), first: NONE });
    this.#unfolded.add(key.attribute);
    await this.#problems?.raise({
      code: UNFOLDED,
      subject: key.attribute,
      since: this.#clock.now(),
      message: `${key.attribute} on ${key.date} cannot be folded: ${(error as Error).message}`,
      remedy: error instanceof DayTooLarge ? TOO_LARGE : DAMAGED,
    });
  }

  async #settleProblems(keys: readonly DayKey[], failed: ReadonlySet<string>): Promise<void> {
    for (const attribute of new Set(keys.map((key) => key.attribute))) {
      if (failed.has(attribute) || !this.#unfolded.delete(attribute)) continue;
      await this.#problems?.clear(UNFOLDED, attribute);
    }
  }

  async #foldOnce(key: DayKey, outcomes: Map<string, Outcome>): Promise<Outcome> {
    const known = outcomes.get(idOf(key));
    if (known !== undefined) return known;
    if (this.#sinceTurn >= READINGS_A_TURN) await this.#giveTurn();
    return this.#keep(await this.#outcome(key), outcomes);
  }

  #keep(outcome: Outcome, outcomes: Map<string, Outcome>): Outcome {
    this.#sinceTurn += DAY_AS_READINGS + outcome.day.readings;
    outcomes.set(idOf(outcome.day), outcome);
    return outcome;
  }

  /** The days that start from this one: up to the next one with a reading that counts, and as far as that may be a dip. */
  async #foldFollowing({ attribute: name, date }: DayKey, outcomes: Map<string, Outcome>): Promise<void> {
    const attribute = this.#attributes.get(name);
    if (attribute === undefined || !handsOn(attribute.fold)) return;
    const glitchMs = attribute.fold.kind === 'increase' ? attribute.fold.glitchMs : 0;
    for (const series of attribute.from) {
      let reach: Instant | undefined;
      let day: LocalDay | undefined = date;
      for (;;) {
        day = await nextDayWithReadings(this.#journal, this.#calendar, attribute, series, day);
        if (day === undefined || (reach !== undefined && this.#calendar.bounds(day).start > reach)) break;
        const first = (await this.#foldOnce({ attribute: name, date: day }, outcomes)).first.get(series);
        reach ??= first === undefined ? undefined : first + glitchMs;
      }
    }
  }

  async #outcome(key: DayKey): Promise<Outcome> {
    const known = await this.#days.get(key.attribute, key.date);
    const attribute = this.#attributes.get(key.attribute);
    if (attribute === undefined) return { day: kept(key, known), first: NONE };
    return this.#outcomeOf(key, attribute, known, await this.#values.of(attribute, key.date));
  }

  #outcomeAhead(key: DayKey, { attribute, stretch, known }: Ahead): Outcome {
    return this.#outcomeOf(key, attribute, known.get(key.date), this.#values.within(stretch, attribute, key.date));
  }

  #outcomeOf(
    key: DayKey,
    attribute: AttributeConfiguration,
    known: AttributeDay | undefined,
    { value, readings, reason, first, hasTable }: DayValue,
  ): Outcome {
    // Of a pruned day a smaller set than was folded before proves nothing.
    const isIncomplete =
      known !== undefined && readings < known.readings && this.#values.isPruned(key.date) && !hasTable;
    if (isIncomplete || this.#values.isAhead(key.date)) return { day: kept(key, known), first };
    return {
      day: { attribute: key.attribute, date: key.date, account: attribute.account, wanted: value, readings, reason },
      first,
    };
  }
}

function idOf({ attribute, date }: DayKey): string {
  return `${date} ${attribute}`;
}

function datesFrom(from: LocalDay, to: LocalDay): LocalDay[] {
  const dates: LocalDay[] = [];
  for (let day = from; day <= to; day = nextDay(day)) dates.push(day);
  return dates;
}

function later(left: LocalDay, right: LocalDay): LocalDay {
  return left > right ? left : right;
}

function kept(key: DayKey, known: AttributeDay | undefined): FoldedDay {
  return {
    attribute: key.attribute,
    date: key.date,
    account: known?.account ?? 'me',
    wanted: known?.wanted,
    readings: known?.readings ?? 0,
    reason: known?.reason,
  };
}
