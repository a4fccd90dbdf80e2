import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { AttributeDay, WireValue } from './attribute-days.ts';
import { compare } from './memory-attribute-days.ts';
import type { MemoryDays } from './memory-attribute-days.ts';
import { dayKeyOf } from './memory-touched.ts';
import type { Increment, IncrementOutcome, Outbox, OutboxItem, SentItem } from './outbox.ts';

export class MemoryOutbox implements Outbox {
  readonly #days: MemoryDays;
  readonly #increments = new Map<number, Increment>();
  #sent: SentItem[] = [];
  #lastIncrement = 0;

  constructor(days: MemoryDays) {
    this.#days = days;
  }

  async due(account: string): Promise<readonly OutboxItem[]> {
    return [...this.#days.values()]
      .flatMap(({ attribute, date, wanted, confirmed, changedAt, ...day }) =>
        day.account === account && wanted !== undefined && !day.refused && wanted !== confirmed
          ? [{ attribute, date, value: wanted, confirmed, changedAt }]
          : [],
      )
      .toSorted((left, right) => compare(left.date, right.date) || compare(left.attribute, right.attribute));
  }

  async confirm(
    account: string,
    items: readonly (DayKey & { readonly value: WireValue })[],
    _now: Instant,
  ): Promise<void> {
    for (const item of items) this.#change(account, item, () => ({ confirmed: item.value }));
  }

  async refuse(
    account: string,
    item: DayKey & { readonly value: WireValue },
    reason: string,
    _now: Instant,
  ): Promise<void> {
    this.#change(account, item, ({ wanted }) => (wanted === item.value ? { refused: true, reason } : {}));
  }

  async reopen(account: string, attribute?: string): Promise<void> {
    for (const day of Array.from(this.#days.values())) {
      if (day.refused && (attribute === undefined || day.attribute === attribute)) {
        this.#change(account, day, () => ({ refused: false, reason: undefined }));
      }
    }
  }

  async log(_account: string, items: readonly SentItem[]): Promise<void> {
    for (const { attribute, date, value, at, outcome } of items)
      this.#sent.push({ attribute, date, value, at, outcome });
  }

  async sent(attribute: string, date: LocalDay): Promise<readonly SentItem[]> {
    return this.#sent.filter((item) => item.attribute === attribute && item.date === date);
  }

  async pruneSent(before: Instant): Promise<number> {
    const last = new Map(this.#sent.map((item) => [dayKeyOf(item), item]));
    const kept = this.#sent.filter((item) => item.at >= before || last.get(dayKeyOf(item)) === item);
    const removed = this.#sent.length - kept.length;
    this.#sent = kept;
    return removed;
  }

  async recordIncrement(increment: Omit<Increment, 'id' | 'state'>): Promise<Increment> {
    this.#lastIncrement += 1;
    const recorded: Increment = { ...increment, id: this.#lastIncrement, state: 'recorded' };
    this.#increments.set(recorded.id, recorded);
    return recorded;
  }

  async increments(account: string): Promise<readonly Increment[]> {
    return [...this.#increments.values()].filter((increment) => increment.account === account);
  }

  async settleIncrement(id: number, outcome: IncrementOutcome, _now: Instant): Promise<void> {
    const increment = this.#increments.get(id);
    if (increment === undefined) return;
    if (outcome === 'sent' || outcome === 'unclear') {
      this.#increments.set(id, { ...increment, state: outcome });
      return;
    }
    if (outcome === 'confirmed') this.#change(increment.account, increment, () => ({ confirmed: increment.total }));
    this.#increments.delete(id);
  }

  #change(account: string, key: DayKey, changes: (day: AttributeDay) => Partial<AttributeDay>): void {
    const day = this.#days.get(dayKeyOf(key));
    if (day?.account === account) this.#days.set(dayKeyOf(key), { ...day, ...changes(day) });
  }
}
