import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { Change } from '../store/changes.ts';
import type { Increment, IncrementOutcome } from '../store/outbox.ts';
import type { AccountContext } from './account-context.ts';
import { roomIn, budgetOf, WINDOW_MS } from './budget.ts';
import { confirmedOf, deltasOf, rounded, sumOf } from './deltas.ts';
import type { Delta } from './deltas.ts';
import type { IncrementItem, Outcome, Refusal, Unanswered } from './exist-gateway.ts';
import { BATCH, dayKey, isIncremented } from './plan.ts';
import { isForGood, isNotAllowed, isNotOurs } from './refusals.ts';

/** Deltas gather at least this long. */
const COALESCE_MS = 60_000;

/** A delta with its record. */
interface Sent {
  readonly delta: Delta;
  readonly increment: Increment;
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
  #isRecovered = false;
  /** What Exist counts beside dayfold on a day, learnt from answers. */
  readonly #elsewhere = new Map<string, number>();

  constructor(context: AccountContext) {
    this.#context = context;
  }

  /** After a restart, once: what was only recorded never left; what was sent is in doubt. */
  async recover(): Promise<void> {
    if (this.#isRecovered) return;
    const { store, clock } = this.#context.parts;
    const now = clock.now();
    const open = await store.outbox.increments(this.#context.account);
    await store.changes.together(
      open
        .filter(({ state }) => state !== 'unclear')
        .map(({ id, state }) => settlement(id, state === 'recorded' ? 'dropped' : 'unclear', now)),
    );
    this.#isRecovered = true;
  }

  /** Sends what has gathered, one call for each 35 attribute-days; nothing when the last call was less than a minute ago. */
  async send(today: LocalDay): Promise<IncrementResult> {
    const { account, parts } = this.#context;
    const { clock, store } = parts;
    const none: IncrementResult = { sent: 0, confirmed: 0, failed: 0, stop: undefined, troubled: [] };
    if (!this.#context.attributes.some(isIncremented)) return none;
    await this.recover();
    const now = clock.now();
    if (this.#lastCallAt !== undefined && now - this.#lastCallAt < COALESCE_MS && now >= this.#lastCallAt) return none;
    const deltas = await deltasOf(this.#context, today);
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
  async settledBy(days: readonly DayKey[]): Promise<readonly Change[]> {
    const { store, clock } = this.#context.parts;
    const keys = new Set(days.map(dayKey));
    const now = clock.now();
    return (await store.outbox.increments(this.#context.account))
      .filter((increment) => keys.has(dayKey(increment)))
      .map(({ id }) => ({ kind: 'increment', id, outcome: 'dropped', now }));
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
    await store.changes.together(recorded.map(({ id }) => settlement(id, 'sent', clock.now())));
    const items = deltas.map(({ item, name, delta }): IncrementItem => ({ name, date: item.date, value: delta }));
    const sent = deltas.map((delta, index): Sent => ({ delta, increment: recorded[index] as Increment }));
    const sentAs = (item: IncrementItem): Sent =>
      sent[items.findIndex(({ name, date }) => name === item.name && date === item.date)] as Sent;
    const outcome = await calls.authorised(
      keeper,
      'increment',
      items.length,
      async (token) => await gateway.increment(token, items),
      async (answer) => await this.#changesAfter(answer, sent, sentAs),
    );
    this.#lastCallAt = clock.now();
    if (outcome.status !== 'answered') return { sent: 0, confirmed: 0, failed: 0, stop: outcome, troubled: [] };
    return {
      sent: items.length,
      confirmed: outcome.accepted.length,
      failed: outcome.refused.length,
      stop: undefined,
      troubled: outcome.refused.filter(isNotOurs).map(({ item }) => sentAs(item).increment.attribute),
    };
  }

  async #changesAfter(
    outcome: Outcome<IncrementItem, number | undefined>,
    sent: readonly Sent[],
    sentAs: (item: IncrementItem) => Sent,
  ): Promise<readonly Change[]> {
    if (outcome.status !== 'answered') {
      const how = outcome.status === 'unclear' ? 'unclear' : 'dropped';
      return sent.flatMap(({ increment }) => this.#settled(increment, how, outcome.status));
    }
    const denied = outcome.refused
      .filter(isNotAllowed)
      .map(({ item }) => this.#context.attribute(sentAs(item).increment.attribute)?.group ?? '');
    return [
      ...outcome.accepted.flatMap(({ item, result }) => [
        ...this.#settled(sentAs(item).increment, 'confirmed', 'confirmed'),
        ...this.#judged(sentAs(item), result),
      ]),
      ...outcome.refused.flatMap((refusal) => this.#refused(refusal, sentAs(refusal.item))),
      ...outcome.unmentioned.flatMap((item) =>
        this.#settled(sentAs(item).increment, 'unclear', 'not mentioned in the answer'),
      ),
      ...(await this.#context.denial(denied)),
    ];
  }

  #refused({ code, message }: Refusal<IncrementItem>, { delta, increment }: Sent): readonly Change[] {
    const { account, parts } = this.#context;
    const reason = `${code}: ${message}`;
    const settled = this.#settled(increment, 'dropped', reason);
    if (!isForGood({ code })) return settled;
    const { attribute, date, value } = delta.item;
    return [...settled, { kind: 'refuse', account, item: { attribute, date, value }, reason, now: parts.clock.now() }];
  }

  #settled(
    { id, attribute, date, delta }: Increment,
    how: 'unclear' | 'confirmed' | 'dropped',
    outcome: string,
  ): readonly Change[] {
    const { account, parts } = this.#context;
    const at = parts.clock.now();
    const item = { attribute, date, value: delta, at, outcome: `increment: ${outcome}` };
    return [settlement(id, how, at), { kind: 'sent', account, items: [item] }];
  }

  /** The day's total in an answer tells whether unclear deltas before it arrived. */
  #judged({ delta: { item, unclear }, increment }: Sent, current: number | undefined): readonly Change[] {
    if (current === undefined) return [];
    const { account, parts } = this.#context;
    const key = dayKey(item);
    if (unclear.length === 0) {
      this.#elsewhere.set(key, rounded(current - increment.total));
      return [];
    }
    const ours = rounded(current - (this.#elsewhere.get(key) ?? 0));
    const withAll = rounded(increment.total + sumOf(unclear));
    if (ours !== withAll && ours !== increment.total) return [];
    const now = parts.clock.now();
    // Arrived, they belong to what is confirmed; if not, they are due again as part of the next delta.
    return [
      ...unclear.map(({ id }) => settlement(id, 'dropped', now)),
      { kind: 'confirm', account, items: [{ attribute: item.attribute, date: item.date, value: ours }], now },
    ];
  }
}

function settlement(id: number, outcome: IncrementOutcome, now: Instant): Change {
  return { kind: 'increment', id, outcome, now };
}
