import { setImmediate as breathe } from 'node:timers/promises';
import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Calendar, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { nextDay } from '../day/local-days.ts';
import { isTimeDependent, touchedDays } from '../folding/index.ts';
import { DayTooLarge } from '../kernel/errors.ts';
import type { AttributeDays } from '../store/attribute-days.ts';
import type { Journal } from '../store/journal.ts';
import type { Problems } from '../store/problems.ts';
import type { AttributeIndex } from './attribute-index.ts';
import { runsOf } from './day-runs.ts';
import { DayValues } from './day-values.ts';
import type { DayResult } from './day-values.ts';
import { FoldBatch } from './fold-batch.ts';
import { mostFoldable } from './most-foldable.ts';

/** Folded in one transaction, which costs a sync of the disk. */
const BATCH = 4000;
const HOUR_MS = 3_600_000;
/** After a longer absence, or a leap of the clock, days further back are folded only where readings touch them. */
const MOST_MISSED_MS = 400 * 24 * HOUR_MS;
const UNFOLDED = 'attribute.unfolded';
const DAMAGED = 'it keeps the value it had; with a damaged database the next start says what can be saved';
const TOO_LARGE =
  'it keeps the value it had; let the device send less often, or give Node.js more memory: NODE_OPTIONS=--max-old-space-size=1024 (MB)';
const AHEAD = 'the day is yet to come';

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
          for (const date of touchedDays(attribute, this.#calendar, { at })) dates.add(date);
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
      const batch = new FoldBatch({
        journal: this.#journal,
        days: this.#days,
        attributes: this.#attributes,
        calendar: this.#calendar,
        values: this.#values,
      });
      const before = this.#unfolded.size;
      const failed = new Set<string>();
      for (const run of runsOf(keys)) {
        await batch.fold(run, async (key, error) => {
          failed.add(key.attribute);
          await this.#tell(key, error);
        });
      }
      if (before > 0) await this.#settleProblems(keys, failed);
      await this.#days.settle(batch.settled, this.#clock.now());
      // Settling a batch takes a while too.
      await breathe();
    }
  }

  async #tell(key: DayKey, error: unknown): Promise<void> {
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
}

function datesFrom(from: LocalDay, to: LocalDay): LocalDay[] {
  const dates: LocalDay[] = [];
  for (let day = from; day <= to; day = nextDay(day)) dates.push(day);
  return dates;
}

function later(left: LocalDay, right: LocalDay): LocalDay {
  return left > right ? left : right;
}
