import type { LocalDay } from '../day/calendar.ts';
import type { WireValue } from '../store/attribute-days.ts';
import type { Change } from '../store/changes.ts';
import type { AccountContext } from './account-context.ts';
import type { Answered, Outcome, Refusal, Unanswered, UpdateItem } from './exist-gateway.ts';
import { inParts } from './in-parts.ts';
import type { Increments } from './increments.ts';
import type { Ownership } from './ownership.ts';
import { dayKey, isIncremented } from './plan.ts';
import { isForGood, isNotAllowed, isNotOurs } from './refusals.ts';
import { isOld } from './update-order.ts';
import type { PlannedUpdate } from './update-order.ts';

/** What a sync has done so far. */
export interface Tally {
  sent: number;
  confirmed: number;
  failed: number;
}

export interface UpdateResult {
  readonly stop: Unanswered | undefined;
  /** Exist refused a day for its age: what the plan still holds may be in vain. */
  readonly isPlanOver: boolean;
}

/** One call's items and the attribute-days they stand for. */
interface Batch {
  readonly items: readonly UpdateItem[];
  readonly dayOf: (item: UpdateItem) => PlannedUpdate;
}

/** Nobody has recorded how Exist words it; a refusal of a value never speaks of its date. */
const ABOUT_THE_DATE = /\bdates?\b|too (?:old|far)|in the past/i;

/**
 * Writes the values of one account. Each item is settled by itself: confirmed, refused for good, forbidden until the next
 * login, or not ours; and all that one answer says is recorded at once.
 */
export class Updates {
  readonly #context: AccountContext;
  readonly #ownership: Ownership;
  readonly #increments: Increments;

  constructor(context: AccountContext, ownership: Ownership, increments: Increments) {
    this.#context = context;
    this.#ownership = ownership;
    this.#increments = increments;
  }

  async send(planned: readonly PlannedUpdate[], settled: Set<string>, tally: Tally): Promise<UpdateResult> {
    const { parts, calls, keeper } = this.#context;
    for (const day of planned) settled.add(dayKey(day));
    const { items, dayOf } = await this.#batchOf(planned);
    if (items.length === 0) return { stop: undefined, isPlanOver: false };
    const troubled: UpdateItem[] = [];
    let isPlanOver = false;
    const result = await inParts(
      items,
      (item) => this.#groupOf(dayOf(item)),
      async (part) =>
        await calls.authorised(
          keeper,
          'update',
          part.length,
          async (token) => await parts.gateway.update(token, part),
          async (outcome) => await this.#changesAfter(outcome, { items: part, dayOf }),
        ),
      ({ accepted, refused, unmentioned }) => {
        tally.sent += accepted.length + refused.length + unmentioned.length;
        tally.confirmed += accepted.length;
        tally.failed += refused.length;
        troubled.push(...refused.filter(isNotOurs).map(({ item }) => item));
        isPlanOver ||= refused.some((refusal) => this.#isTooOld(refusal));
      },
    );
    tally.failed += result.poison.length;
    await parts.store.changes.together([
      ...result.poison.flatMap(({ item, message }) => [
        this.#sent([item], dayOf, message),
        ...this.#refusal(dayOf(item), message),
      ]),
      ...(await this.#context.denial(result.forbidden)),
    ]);
    if (result.stop !== undefined || troubled.length === 0) return { stop: result.stop, isPlanOver };
    const names = [...new Set(troubled.map((item) => dayOf(item).attribute))];
    const { regained, stop } = await this.#ownership.regain(names);
    // Ours again: planned once more in this sync. A second refusal finds the attempt on record.
    for (const item of troubled) if (regained.has(dayOf(item).attribute)) settled.delete(dayKey(dayOf(item)));
    return { stop, isPlanOver };
  }

  async #batchOf(planned: readonly PlannedUpdate[]): Promise<Batch> {
    const entries = await this.#context.parts.store.ledger.entries(this.#context.account);
    const names = new Map(
      entries.filter(({ state }) => state === 'owned').map((entry) => [entry.attribute, entry.name]),
    );
    const days = new Map<string, PlannedUpdate>();
    const items = planned.flatMap((day): UpdateItem[] => {
      const name = names.get(day.attribute);
      if (name === undefined) return [];
      days.set(`${day.date} ${name}`, day);
      return [{ name, date: day.date, value: day.value }];
    });
    return { items, dayOf: ({ name, date }) => days.get(`${date} ${name}`) as PlannedUpdate };
  }

  async #changesAfter(outcome: Outcome<UpdateItem, WireValue>, { items, dayOf }: Batch): Promise<readonly Change[]> {
    if (outcome.status === 'unclear') return [this.#sent(items, dayOf, `unclear: ${outcome.message}`)];
    if (outcome.status !== 'answered') return [];
    const { unmentioned, refused } = outcome;
    const denied = refused.filter(isNotAllowed).map(({ item }) => this.#groupOf(dayOf(item)));
    return [
      ...(await this.#confirmation(outcome, dayOf)),
      ...(unmentioned.length === 0 ? [] : [this.#sent(unmentioned, dayOf, 'not mentioned in the answer')]),
      ...refused.flatMap((refusal) => this.#changesOf(refusal, dayOf)),
      ...(denied.length > 0 ? await this.#context.denial(denied) : await this.#age(refused)),
    ];
  }

  async #confirmation(
    { accepted }: Answered<UpdateItem, WireValue>,
    dayOf: Batch['dayOf'],
  ): Promise<readonly Change[]> {
    if (accepted.length === 0) return [];
    const { account, parts } = this.#context;
    const items = accepted.map(({ item }) => item);
    const days = items.map(dayOf);
    const attributes = new Set(days.map(({ attribute }) => attribute));
    const gathered = days.filter(({ attribute }) => {
      const configured = this.#context.attribute(attribute);
      return configured !== undefined && isIncremented(configured);
    });
    return [
      { kind: 'confirm', account, items: days, now: parts.clock.now() },
      this.#sent(items, dayOf, 'confirmed'),
      ...[...attributes].map((subject): Change => ({ kind: 'clear', code: 'exist.value_refused', subject })),
      ...(gathered.length === 0 ? [] : await this.#increments.settledBy(gathered)),
    ];
  }

  #changesOf(refusal: Refusal<UpdateItem>, dayOf: Batch['dayOf']): readonly Change[] {
    const { item, code, message } = refusal;
    const reason = `${code}: ${message}`;
    const sent = this.#sent([item], dayOf, reason);
    if (!isForGood(refusal)) return [sent];
    // Of days that are too old there is one problem for all, by the plan.
    return [
      sent,
      ...this.#refusal(dayOf(item), reason).filter(({ kind }) => kind === 'refuse' || !this.#isTooOld(refusal)),
    ];
  }

  /** The newest of the days that Exist refused for their age. */
  async #age(refused: readonly Refusal<UpdateItem>[]): Promise<readonly Change[]> {
    const [newest] = refused
      .filter((refusal) => this.#isTooOld(refusal))
      .map(({ item }) => item.date)
      .sort()
      .reverse();
    return newest === undefined ? [] : [await this.#context.memory.change({ tooOld: newest })];
  }

  #isTooOld(refusal: Refusal<UpdateItem>): boolean {
    const { calendar, clock } = this.#context.parts;
    const today: LocalDay = calendar.dayOf(clock.now());
    return isForGood(refusal) && isOld(refusal.item.date, today) && ABOUT_THE_DATE.test(refusal.message);
  }

  #sent(items: readonly UpdateItem[], dayOf: Batch['dayOf'], outcome: string): Change {
    const { account, parts } = this.#context;
    const at = parts.clock.now();
    return { kind: 'sent', account, items: items.map((item) => ({ ...dayOf(item), at, outcome })) };
  }

  #refusal(day: PlannedUpdate, reason: string): readonly Change[] {
    const { account, parts } = this.#context;
    const now = parts.clock.now();
    const problem = {
      code: 'exist.value_refused',
      subject: day.attribute,
      since: now,
      message: `Exist refused ${JSON.stringify(day.value)} for ${day.attribute} on ${day.date}: ${reason}`,
      remedy: 'change fold, unit or type of the attribute; another value is sent again by itself',
    };
    return [
      { kind: 'refuse', account, item: day, reason, now },
      { kind: 'raise', problem },
    ];
  }

  #groupOf({ attribute }: PlannedUpdate): string {
    return this.#context.attribute(attribute)?.group ?? '';
  }
}
