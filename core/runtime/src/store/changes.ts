import type { JsonValue } from '@dayfold/sdk';
import type { DayKey } from '../config/configuration.ts';
import type { Instant } from '../day/calendar.ts';
import { token } from '../kernel/token.ts';
import type { LedgerEntry, LoggedRequest, Token } from './accounts.ts';
import type { WireValue } from './attribute-days.ts';
import type { IncrementOutcome, SentItem } from './outbox.ts';
import type { Problem } from './problems.ts';

type SentDay = DayKey & { readonly value: WireValue };

/** One thing that an answer of Exist changes, as data. Each does what the port's method beside it does. */
export type Change =
  /** RequestLog.append */
  | { readonly kind: 'request'; readonly request: LoggedRequest }
  /** Outbox.log */
  | { readonly kind: 'sent'; readonly account: string; readonly items: readonly SentItem[] }
  /** Outbox.confirm */
  | { readonly kind: 'confirm'; readonly account: string; readonly items: readonly SentDay[]; readonly now: Instant }
  /** Outbox.refuse */
  | {
      readonly kind: 'refuse';
      readonly account: string;
      readonly item: SentDay;
      readonly reason: string;
      readonly now: Instant;
    }
  /** Outbox.settleIncrement */
  | { readonly kind: 'increment'; readonly id: number; readonly outcome: IncrementOutcome; readonly now: Instant }
  /** Ledger.put */
  | { readonly kind: 'ledger'; readonly entries: readonly LedgerEntry[] }
  /** Tokens.put */
  | { readonly kind: 'token'; readonly token: Token }
  /** Problems.raise */
  | { readonly kind: 'raise'; readonly problem: Problem }
  /** Problems.clear */
  | { readonly kind: 'clear'; readonly code: string; readonly subject: string }
  /** KeyValues.set */
  | { readonly kind: 'keep'; readonly scope: string; readonly key: string; readonly value: JsonValue };

/** Records what belongs together: the answer to a call and all it changes. */
export interface Changes {
  /**
   * In the order given, in one transaction: when it rejects, or the process dies in it, none has happened. Durable once
   * resolved.
   */
  together(changes: readonly Change[]): Promise<void>;
}
export const Changes = token<Changes>('Changes');
