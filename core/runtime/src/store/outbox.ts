import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import { token } from '../kernel/token.ts';
import type { WireValue } from './attribute-days.ts';

export interface OutboxItem extends DayKey {
  readonly value: WireValue;
  readonly confirmed: WireValue | undefined;
  readonly changedAt: Instant;
}

export interface SentItem extends DayKey {
  readonly value: WireValue;
  readonly at: Instant;
  /** `confirmed`, or what Exist or the network said. */
  readonly outcome: string;
}

/** A delta for Exist's increment call, recorded before it is sent. */
export interface Increment extends DayKey {
  readonly id: number;
  readonly account: string;
  readonly delta: number;
  /** The day's total once it has arrived; also what tells after an unclear outcome. */
  readonly total: number;
  readonly state: 'recorded' | 'sent' | 'unclear';
  readonly at: Instant;
}

/** `sent` and `unclear` keep an increment in that state, the others end it. */
export type IncrementOutcome = 'sent' | 'unclear' | 'confirmed' | 'dropped';

/** Attribute-days whose wanted value differs from the one Exist last confirmed and was not refused. */
export interface Outbox {
  /** Oldest day first, then by attribute. */
  due(account: string): Promise<readonly OutboxItem[]>;
  /** Records what Exist confirmed; an attribute-day wanted anew meanwhile stays due. */
  confirm(account: string, items: readonly (DayKey & { readonly value: WireValue })[], now: Instant): Promise<void>;
  /** Exist refuses this value for good: not due until another value is wanted. */
  refuse(account: string, item: DayKey & { readonly value: WireValue }, reason: string, now: Instant): Promise<void>;
  /** Refused values are due again (after a login, a re-acquire). */
  reopen(account: string, attribute?: string): Promise<void>;
  /** What was sent and answered, for `explain`. */
  log(account: string, items: readonly SentItem[]): Promise<void>;
  sent(attribute: string, date: LocalDay): Promise<readonly SentItem[]>;
  /** Forgets what was sent before then, except the last of each attribute-day: `explain` always has an answer to show. Returns how many. */
  pruneSent(before: Instant): Promise<number>;
  recordIncrement(increment: Omit<Increment, 'id' | 'state'>): Promise<Increment>;
  increments(account: string): Promise<readonly Increment[]>;
  /** `confirmed` also sets the attribute-day's confirmed value to the increment's total; `dropped` forgets it. */
  settleIncrement(id: number, outcome: IncrementOutcome, now: Instant): Promise<void>;
}
export const Outbox = token<Outbox>('Outbox');
