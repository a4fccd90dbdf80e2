import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { Increment, OutboxItem } from '../store/outbox.ts';
import type { AccountContext } from './account-context.ts';
import { roomIn, budgetOf, WINDOW_MS } from './budget.ts';
import type { IncrementItem, Unanswered } from './exist-gateway.ts';
import { BATCH, dayKey, isIncremented } from './plan.ts';
import { missingScopes } from './scopes.ts';

/** Deltas gather at least this long. */
const COALESCE_MS = 60_000;
const DECIMALS = 1e6;

interface Delta {
  readonly item: OutboxItem;
  readonly name: string;
  readonly delta: number;
  /** Of deltas before this one of which nobody knows whether they arrived. */
  readonly unclear: readonly Increment[];
}

export interface IncrementResult {
  readonly sent: number;
  readonly confirmed: number;
  readonly failed: number;
  readonly stop: Unanswered | undefined;
  /** Attributes of which Exist says that they are not ours. */
  readonly troubled: readonly string[];
}

/**
 * Today's deltas of one account.
 *
 * A delta is *recorded* before its call, *sent* while the call is under way, and *confirmed* or *dropped* with its
 * answer. Without an answer, or found *sent* after a restart, it is *unclear* and never repeated: what changes later
 * goes in a delta of its own, whose answer says the day's total and with that whether the unclear one arrived. Where
 * even that does not tell, the total that is written after the day is over settles it.
 */
export class Increments {
  readonly #context: AccountContext;
  #lastCallAt: Instant | undefined;
  /** What Exist counts beside dayfold on a day, learnt from answers. */
  readonly #elsewhere = new Map<string, number>();

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /** After a restart: what was only recorded never left; what was sent is in doubt. */
  async recover(): Promise<void> {
    const { store, clock } = this.#context.parts;
    for (const increment of await store.outbox.increments(this.#context.account)) {
      if (increment.state === 'recorded') await store.outbox.settleIncrement(increment.id, 'dropped', clock.now());
      else if (increment.state === 'sent') await store.outbox.settleIncrement(increment.id, 'unclear', clock.now());
    }
  }

  /** Sends what has gathered, one call for each 35 attribute-days; nothing when the last call was less than a minute ago. */
  async send(today: LocalDay): Promise<IncrementResult> {
    const { account, parts } = this.#context;
    const { clock, store } = parts;
    const none: IncrementResult = { sent: 0, confirmed: 0, failed: 0, stop: undefined, troubled: [] };
    if (!this.#context.attributes.some(isIncremented)) return none;
    const now = clock.now();
    if (this.#lastCallAt !== undefined && now - this.#lastCallAt < COALESCE_MS && now >= this.#lastCallAt) return none;
    const deltas = await this.#deltas(today);
    const budget = budgetOf(await store.requestLog.since(account, now - WINDOW_MS), now);
    const calls = Math.min(Math.ceil(deltas.length / BATCH), roomIn(budget, false));
    let total = none;
    for (let call = 0; call < calls && total.stop === undefined; call += 1) {
      const result = await this.#call(deltas.slice(call * BATCH, (call + 1) * BATCH));
      total = {
        sent: total.sent + result.sent,
        confirmed: total.confirmed + result.confirmed,
        failed: total.failed + result.failed,
        stop: result.stop,
        troubled: [...total.troubled, ...result.troubled],
      };
    }
    return total;
  }

  /** The days' totals are confirmed: whatever became of their deltas no longer matters. */
  async settleDays(days: readonly DayKey[]): Promise<void> {
    const { store, clock } = this.#context.parts;
    const keys = new Set(days.map(dayKey));
    for (const increment of await store.outbox.increments(this.#context.account)) {
      if (keys.has(dayKey(increment))) await store.outbox.settleIncrement(increment.id, 'dropped', clock.now());
    }
  }

  async #deltas(today: LocalDay): Promise<readonly Delta[]> {
    const { account, parts, attributes } = this.#context;
    const { store } = parts;
    const { deniedGroups = [] } = await this.#context.memory.read();
    const token = await store.tokens.get(account);
    const names = new Map(
      (await store.ledger.entries(account))
        .filter(({ state }) => state === 'owned')
        .map((entry) => [entry.attribute, entry.name]),
    );
    const unclear = Map.groupBy(await store.outbox.increments(account), dayKey);
    const deltas: Delta[] = [];
    for (const item of await store.outbox.due(account)) {
      const attribute = attributes.find(({ name }) => name === item.attribute);
      const name = names.get(item.attribute);
      if (attribute === undefined || name === undefined || item.date !== today || !isIncremented(attribute)) continue;
      if (
        typeof item.value !== 'number' ||
        deniedGroups.includes(attribute.group) ||
        missingScopes([attribute], token).length > 0
      )
        continue;
      const doubtful = unclear.get(dayKey(item)) ?? [];
      const delta = rounded(item.value - confirmedOf(item) - sumOf(doubtful));
      // A total that falls is put right by the total after the day; whether Exist takes negative deltas is not known.
      if (delta > 0) deltas.push({ item, name, delta, unclear: doubtful });
    }
    return deltas;
  }

  async #call(deltas: readonly Delta[]): Promise<IncrementResult> {
    const { account, parts, calls, keeper } = this.#context;
    const { store, clock, gateway } = parts;
    const recorded: Increment[] = [];
    for (const { item, delta } of deltas) {
      const total = rounded(confirmedOf(item) + delta);
      recorded.push(
        await store.outbox.recordIncrement({
          account,
          attribute: item.attribute,
          date: item.date,
          delta,
          total,
          at: clock.now(),
        }),
      );
    }
    for (const { id } of recorded) await store.outbox.settleIncrement(id, 'sent', clock.now());
    const items = deltas.map(({ item, name, delta }): IncrementItem => ({ name, date: item.date, value: delta }));
    const outcome = await calls.authorised(keeper, 'increment', items.length, (token) =>
      gateway.increment(token, items),
    );
    this.#lastCallAt = clock.now();
    const settle = async (
      index: number,
      how: 'unclear' | 'confirmed' | 'dropped',
      outcomeText: string,
    ): Promise<void> => {
      const increment = recorded[index] as Increment;
      await store.outbox.settleIncrement(increment.id, how, clock.now());
      const { attribute, date, delta } = increment;
      await store.outbox.log(account, [
        { attribute, date, value: delta, at: clock.now(), outcome: `increment: ${outcomeText}` },
      ]);
    };
    if (outcome.status !== 'answered') {
      const how = outcome.status === 'unclear' ? 'unclear' : 'dropped';
      for (const index of recorded.keys()) await settle(index, how, outcome.status);
      return { sent: 0, confirmed: 0, failed: 0, stop: outcome, troubled: [] };
    }
    const troubled: string[] = [];
    const indexOf = (item: IncrementItem): number =>
      items.findIndex(({ name, date }) => name === item.name && date === item.date);
    for (const { item, result } of outcome.accepted) {
      const index = indexOf(item);
      await settle(index, 'confirmed', 'confirmed');
      await this.#judge(deltas[index] as Delta, recorded[index] as Increment, result);
    }
    for (const { item, code, message } of outcome.refused) {
      const index = indexOf(item);
      const { attribute, date } = recorded[index] as Increment;
      await settle(index, 'dropped', `${code}: ${message}`);
      if (code === 'unauthorised' || code === 'not_found') troubled.push(attribute);
      else if (code === 'not_allowed') await this.#context.deny(this.#context.attribute(attribute)?.group ?? '');
      else
        await store.outbox.refuse(
          account,
          { attribute, date, value: (deltas[index] as Delta).item.value },
          `${code}: ${message}`,
          clock.now(),
        );
    }
    for (const item of outcome.unmentioned) await settle(indexOf(item), 'unclear', 'not mentioned in the answer');
    return {
      sent: items.length,
      confirmed: outcome.accepted.length,
      failed: outcome.refused.length,
      stop: undefined,
      troubled,
    };
  }

  /** The day's total in an answer tells whether unclear deltas before it arrived. */
  async #judge({ item, unclear }: Delta, arrived: Increment, current: number | undefined): Promise<void> {
    if (current === undefined) return;
    const { account, parts } = this.#context;
    const { store, clock } = parts;
    const key = dayKey(item);
    if (unclear.length === 0) {
      this.#elsewhere.set(key, rounded(current - arrived.total));
      return;
    }
    const ours = rounded(current - (this.#elsewhere.get(key) ?? 0));
    const withAll = rounded(arrived.total + sumOf(unclear));
    if (ours !== withAll && ours !== arrived.total) return;
    // Arrived, they belong to what is confirmed; if not, they are due again as part of the next delta.
    for (const { id } of unclear) await store.outbox.settleIncrement(id, 'dropped', clock.now());
    await store.outbox.confirm(account, [{ attribute: item.attribute, date: item.date, value: ours }], clock.now());
  }
}

function confirmedOf({ confirmed }: OutboxItem): number {
  return typeof confirmed === 'number' ? confirmed : 0;
}

function sumOf(increments: readonly Increment[]): number {
  return increments.reduce((sum, { delta }) => sum + delta, 0);
}

/** Sums of decimals carry noise that would make equal totals differ. */
function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS;
}
