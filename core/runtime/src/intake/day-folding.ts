import type { AttributeConfiguration, DayKey } from '../config/configuration.ts';
import type { Calendar, Instant, LocalDay } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { combine, foldDay, isTimeDependent, spanOfInterest, toWire } from '../folding/index.ts';
import type { FoldedReading } from '../folding/index.ts';
import type { AttributeDay, AttributeDays, FoldedDay, WireValue } from '../store/attribute-days.ts';
import type { Journal, JournalReading } from '../store/journal.ts';
import type { AttributeIndex } from './attribute-index.ts';

const BATCH = 200;
/** How far back a carried-in value or a counter's base is looked for among readings that `when` may turn away. */
const LOOK_BACK = 50;
const DAY_MS = 24 * 3_600_000;

export interface DayResult {
  readonly value: WireValue | undefined;
  readonly raw: number | string | boolean | undefined;
  readonly readings: number;
  readonly reason: string | undefined;
  readonly trace: readonly (FoldedReading & { readonly series: string })[];
}

/** Folds the attribute-days that were touched, from the journal: the one place where readings become values. */
export class DayFolding {
  readonly #journal: Journal;
  readonly #days: AttributeDays;
  readonly #attributes: AttributeIndex;
  readonly #calendar: Calendar;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #cascaded = new Set<string>();
  #keepMs = 35 * DAY_MS;
  #running: Promise<void> = Promise.resolve();

  constructor(
    journal: Journal,
    days: AttributeDays,
    attributes: AttributeIndex,
    calendar: Calendar,
    clock: Pick<Clock, 'now'>,
  ) {
    this.#journal = journal;
    this.#days = days;
    this.#attributes = attributes;
    this.#calendar = calendar;
    this.#clock = clock;
  }

  set keepMs(ms: number) {
    this.#keepMs = ms;
  }

  /** Folds what was touched. One pass at a time. */
  fold(): Promise<void> {
    const next = this.#running.then(() => this.#pass());
    this.#running = next.catch(() => undefined);
    return next;
  }

  /** As `fold`, with the days that change by mere passing of time: all since the last refresh. */
  async refresh(since: LocalDay | undefined): Promise<void> {
    const now = this.#clock.now();
    const earliest = this.#calendar.dayOf(now - this.#keepMs);
    const yesterday = this.#calendar.dayOf(this.#calendar.bounds(this.#calendar.dayOf(now)).start - 1);
    let from = since === undefined || since > yesterday ? yesterday : since;
    if (from < earliest) from = earliest;
    const dates = this.#datesFrom(from, this.#calendar.dayOf(now));
    const moving = this.#attributes.all().filter((attribute) => isTimeDependent(attribute.fold));
    await this.#days.touch(moving.flatMap((attribute) => dates.map((date) => ({ attribute: attribute.name, date }))));
    await this.fold();
  }

  /** Marks every day of an attribute that has readings; for a new or changed definition. */
  async touchAll(attribute: AttributeConfiguration): Promise<void> {
    const dates = new Set<LocalDay>();
    for (const series of attribute.from) {
      const { hours, dates: dated } = await this.#journal.presence(series);
      for (const hour of hours) {
        // An hour of UTC can lie in two local days.
        dates.add(this.#calendar.dayOf(hour));
        dates.add(this.#calendar.dayOf(hour + 3_599_999));
      }
      for (const date of dated) dates.add(date);
    }
    const known = await this.#days.list({ attribute: attribute.name });
    const horizon = this.#calendar.dayOf(this.#clock.now() - this.#keepMs);
    for (const day of known) if (day.date >= horizon) dates.add(day.date);
    await this.#days.touch([...dates].map((date) => ({ attribute: attribute.name, date })));
  }

  /** The value of one attribute-day as the journal has it now, with the way it came about. */
  async explain(attribute: AttributeConfiguration, date: LocalDay): Promise<DayResult> {
    return await this.#result(attribute, date);
  }

  async #pass(): Promise<void> {
    for (;;) {
      const keys = await this.#days.touched(BATCH);
      if (keys.length === 0) break;
      const settled: FoldedDay[] = [];
      for (const key of keys) settled.push({ ...(await this.#settled(key)), mark: key.mark });
      await this.#days.settle(settled, this.#clock.now());
      await this.#cascade(keys);
    }
    this.#cascaded.clear();
  }

  async #settled(key: DayKey): Promise<FoldedDay> {
    const attribute = this.#attributes.get(key.attribute);
    const known = await this.#days.get(key.attribute, key.date);
    if (attribute === undefined) return kept(key, known);
    const result = await this.#result(attribute, key.date);
    const isPruned = key.date < this.#calendar.dayOf(this.#clock.now() - this.#keepMs);
    // Raw readings of this day may be gone from the journal: a smaller set than was folded before proves nothing.
    if (
      isPruned &&
      known !== undefined &&
      result.readings < known.readings &&
      !result.trace.some((row) => row.inTable)
    ) {
      return kept(key, known);
    }
    return {
      attribute: key.attribute,
      date: key.date,
      account: attribute.account,
      wanted: result.value,
      readings: result.readings,
      reason: result.reason,
    };
  }

  async #result(attribute: AttributeConfiguration, date: LocalDay): Promise<DayResult> {
    const bounds = this.#calendar.bounds(date);
    const until = Math.min(bounds.end, Math.max(bounds.start, this.#clock.now()));
    const trace: (FoldedReading & { series: string })[] = [];
    const values: (number | string | boolean | undefined)[] = [];
    let readings = 0;
    let unit: string | undefined;
    for (const series of attribute.from) {
      const { observations, before } = await this.#observations(attribute, series, date);
      const folded = foldDay({ attribute, day: date, calendar: this.#calendar, until, observations, before });
      values.push(folded.value);
      readings += folded.used;
      unit ??= observations.find((observation) => observation.unit !== undefined)?.unit;
      for (const row of folded.trace) trace.push({ ...row, series });
    }
    const raw = combine(values, attribute.combine);
    if (raw === undefined) return { value: undefined, raw, readings, reason: undefined, trace };
    const wire = toWire(raw, attribute, unit);
    return 'value' in wire
      ? { value: wire.value, raw, readings, reason: undefined, trace }
      : { value: undefined, raw, readings, reason: wire.reason, trace };
  }

  async #observations(
    attribute: AttributeConfiguration,
    series: string,
    date: LocalDay,
  ): Promise<{ observations: readonly JournalReading[]; before: readonly JournalReading[] }> {
    const interest = spanOfInterest(attribute, this.#calendar, date);
    const inside = await this.#journal.between(series, interest.from, interest.to);
    const spans = interest.needsSpans ? await this.#journal.overlapping(series, interest.from, interest.to) : [];
    const dated = await this.#journal.dated(series, date);
    const before = interest.needsBase ? await this.#journal.latestBefore(series, interest.from, LOOK_BACK) : [];
    const outside = spans.filter((span) => span.at < interest.from || span.at >= interest.to);
    return { observations: [...inside, ...outside, ...dated], before };
  }

  /** The first reading of a later day steps from the last one before it: that day changes with this one. */
  async #cascade(keys: readonly DayKey[]): Promise<void> {
    const next: DayKey[] = [];
    for (const key of keys) {
      const id = `${key.attribute}@${key.date}`;
      if (this.#cascaded.delete(id)) continue;
      const attribute = this.#attributes.get(key.attribute);
      const stepping = attribute?.fold.kind === 'increase' || attribute?.fold.kind === 'count_changes';
      if (attribute === undefined || !stepping) continue;
      for (const series of attribute.from) {
        const later = await this.#journal.firstFrom(series, this.#calendar.bounds(key.date).end);
        if (later === undefined) continue;
        const date = this.#calendar.dayOf(later.at);
        const nextId = `${key.attribute}@${date}`;
        if (keys.some((other) => other.attribute === key.attribute && other.date === date)) continue;
        if (this.#cascaded.has(nextId)) continue;
        this.#cascaded.add(nextId);
        next.push({ attribute: key.attribute, date });
      }
    }
    if (next.length > 0) await this.#days.touch(next);
  }

  #datesFrom(from: LocalDay, to: LocalDay): LocalDay[] {
    const dates: LocalDay[] = [];
    for (let day = from; day <= to; day = following(day)) dates.push(day);
    return dates;
  }
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

function following(day: LocalDay): LocalDay {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10) as LocalDay;
}

/** Removes raw readings that are too old, except those that later days still start from. Returns how many. */
export async function pruneJournal(journal: Journal, attributes: AttributeIndex, before: Instant): Promise<number> {
  const keep = new Set<string>();
  for (const attribute of attributes.all()) {
    for (const series of attribute.from) {
      for (const reading of await journal.latestBefore(series, before, LOOK_BACK)) keep.add(`${series}@${reading.at}`);
    }
  }
  return await journal.prune(before, keep);
}
