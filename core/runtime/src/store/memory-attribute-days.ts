import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { AttributeDay, AttributeDays, FoldedDay } from './attribute-days.ts';
import { dayKeyOf } from './memory-touched.ts';
import type { MemoryTouched } from './memory-touched.ts';

/** Attribute-days by date and name; shared with the outbox that sends them. */
export type MemoryDays = Map<string, AttributeDay>;

export class MemoryAttributeDays implements AttributeDays {
  readonly #days: MemoryDays;
  readonly #touched: MemoryTouched;
  readonly #definitions = new Map<string, string>();

  constructor(days: MemoryDays, touched: MemoryTouched) {
    this.#days = days;
    this.#touched = touched;
  }

  async touch(days: readonly DayKey[]): Promise<void> {
    this.#touched.add(days);
  }

  async touched(limit: number): Promise<readonly (DayKey & { readonly mark: number })[]> {
    return this.#touched.first(limit);
  }

  async settle(days: readonly FoldedDay[], now: Instant): Promise<void> {
    for (const day of days) {
      this.#settleOne(day, now);
      if (day.mark !== undefined) this.#touched.remove(day, day.mark);
    }
  }

  async get(attribute: string, date: LocalDay): Promise<AttributeDay | undefined> {
    return this.#days.get(dayKeyOf({ attribute, date }));
  }

  async list(filter: {
    readonly attribute?: string;
    readonly from?: LocalDay;
    readonly to?: LocalDay;
  }): Promise<readonly AttributeDay[]> {
    const { attribute, from = '', to = '9999' } = filter;
    return [...this.#days.values()]
      .filter((day) => (attribute === undefined || day.attribute === attribute) && day.date >= from && day.date <= to)
      .toSorted((left, right) => compare(left.attribute, right.attribute) || compare(left.date, right.date));
  }

  async count(): Promise<number> {
    return this.#days.size;
  }

  async seal(before: LocalDay): Promise<void> {
    for (const [key, day] of this.#days) if (day.date < before) this.#days.set(key, { ...day, sealed: true });
  }

  async definition(attribute: string): Promise<string | undefined> {
    return this.#definitions.get(attribute);
  }

  async setDefinitions(definitions: ReadonlyMap<string, string>): Promise<void> {
    for (const [attribute, definition] of definitions) this.#definitions.set(attribute, definition);
  }

  #settleOne({ attribute, date, account, wanted, readings, reason }: FoldedDay, now: Instant): void {
    const key = dayKeyOf({ attribute, date });
    const known = this.#days.get(key);
    if (known?.sealed === true) return;
    // A day without readings that never had a value is not worth a row.
    if (known === undefined && wanted === undefined && reason === undefined) return;
    // What one account confirmed or refused says nothing of another.
    const hasMoved = known !== undefined && known.account !== account;
    const isNew = known === undefined || hasMoved || known.wanted !== wanted;
    // What Exist said of a refused value stays until another value is wanted.
    const isRefused = !isNew && known.refused;
    this.#days.set(key, {
      attribute,
      date,
      account,
      wanted,
      confirmed: hasMoved ? undefined : known?.confirmed,
      readings,
      reason: isRefused ? known.reason : reason,
      refused: isRefused,
      sealed: false,
      changedAt: isNew ? now : known.changedAt,
    });
  }
}

/** Order of plain text. */
export function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
