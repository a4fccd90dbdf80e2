import type { Reading, Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../../src/config/configuration.ts';
import type { LocalDay } from '../../src/day/calendar.ts';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { LivingCalendar } from '../../src/day/living-calendar.ts';
import { AttributeIndex } from '../../src/intake/attribute-index.ts';
import { DayFolding } from '../../src/intake/day-folding.ts';
import { Intake } from '../../src/intake/intake.ts';
import { JournalKeeper } from '../../src/intake/journal-keeper.ts';
import type { WireValue } from '../../src/store/attribute-days.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { calendarOf } from '../folding/samples.ts';

const DAY_MS = 24 * 3_600_000;

/** Intake and folding over a memory store, as one process after the other uses it. */
export class Workbench {
  readonly store = createMemoryStore();
  readonly clock: FakeClock;
  readonly calendar: LivingCalendar;
  readonly attributes: AttributeIndex;
  readonly misfits: string[] = [];
  keepMs = 35 * DAY_MS;
  intake: Intake;
  folding: DayFolding;

  constructor(
    attributes: readonly AttributeConfiguration[],
    { now, zone = 'Europe/Berlin', dayStartsMin = 0 }: { now: string | number; zone?: string; dayStartsMin?: number },
  ) {
    const calendar = calendarOf(zone, dayStartsMin);
    this.calendar = new LivingCalendar(calendar);
    this.clock = new FakeClock(typeof now === 'number' ? now : (calendar.instantOf(now) ?? Number.NaN));
    this.attributes = new AttributeIndex(attributes);
    [this.intake, this.folding] = this.#started();
  }

  /** The process dies and another takes over the store. */
  restart(): void {
    const { keptFrom } = this.folding;
    [this.intake, this.folding] = this.#started();
    this.folding.keptFrom = keptFrom;
  }

  /** Readings of `home.sample` at local times, or on dates. */
  async take(...pairs: readonly (readonly [when: string, value: Value, more?: Partial<Reading>])[]): Promise<void> {
    await this.emit(
      pairs.map(([when, value, more = {}]) => ({
        series: 'sample',
        value,
        ...(when.length === 10 ? { date: when } : { time: when }),
        ...more,
      })),
    );
  }

  async emit(readings: readonly Reading[]): Promise<void> {
    const stored = this.intake.emit('home', readings, {}, (reason) => this.misfits.push(reason));
    await this.intake.flush();
    await stored;
  }

  /** Time passes to a local time, and what passed is folded as the daemon does. */
  async until(time: string, since?: LocalDay): Promise<void> {
    this.clock.set(this.calendar.instantOf(time) ?? Number.NaN);
    await this.folding.refresh(since);
  }

  /** Wanted values by date, of one attribute. */
  async values(attribute = 'sample'): Promise<Record<string, WireValue | undefined>> {
    const days = await this.store.attributeDays.list({ attribute });
    return Object.fromEntries(days.map(({ date, wanted }) => [date, wanted]));
  }

  /** Takes what was received so far, folds it and tells the wanted values. */
  async folded(): Promise<Record<string, WireValue | undefined>> {
    await this.folding.fold();
    return await this.values();
  }

  async prune(): Promise<number> {
    const { journal, keyValues, problems } = this.store;
    const { attributes, folding, calendar, clock, keepMs } = this;
    const keeper = new JournalKeeper(journal, keyValues, problems, attributes, folding, calendar, clock);
    await keeper.restore();
    return (await keeper.prune({ keepMs, maxBytes: undefined })).removed;
  }

  #started(): [Intake, DayFolding] {
    const { journal, attributeDays, problems } = this.store;
    const folding = new DayFolding(journal, attributeDays, this.attributes, this.calendar, this.clock, problems);
    return [new Intake(journal, this.clock, this.calendar, this.attributes, { commitEveryMs: 5000 }), folding];
  }
}
