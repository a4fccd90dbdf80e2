import type { Instant } from '../day/calendar.ts';
import type { Secret } from '../kernel/secret.ts';
import { token } from '../kernel/token.ts';

/** What dayfold knows about one attribute at Exist. */
export interface LedgerEntry {
  readonly account: string;
  /** The key in the configuration. */
  readonly attribute: string;
  /** Exist's name, as it answered. */
  readonly name: string;
  /** `lost`: given to someone else; `released`: given back by us; `blocked`: acquiring failed for good (see `reason`). */
  readonly state: 'owned' | 'lost' | 'released' | 'blocked';
  readonly since: Instant;
  /** When it was taken back once already. */
  readonly reacquiredAt: Instant | undefined;
  readonly reason: string | undefined;
}

/** Ownership, durable once each promise resolves. */
export interface Ledger {
  entries(account: string): Promise<readonly LedgerEntry[]>;
  put(entries: readonly LedgerEntry[]): Promise<void>;
  forget(account: string, attribute: string): Promise<void>;
}
export const Ledger = token<Ledger>('Ledger');

export interface Token {
  readonly account: string;
  readonly accessToken: Secret;
  /** Undefined for a personal token pasted alone. */
  readonly refreshToken: Secret | undefined;
  /** Undefined: unknown, presumed valid until refused. */
  readonly expiresAt: Instant | undefined;
  readonly scopes: readonly string[];
  /** Set before a refresh is asked for, cleared with its outcome. */
  readonly refreshIntentAt: Instant | undefined;
  /** Exist turned it away and refreshing did not help. */
  readonly dead: boolean;
  readonly username: string | undefined;
  readonly timezone: string | undefined;
  readonly connectedAt: Instant;
}

export interface Tokens {
  get(account: string): Promise<Token | undefined>;
  /** Durable once resolved. */
  put(token: Token): Promise<void>;
  forget(account: string): Promise<void>;
}
export const Tokens = token<Tokens>('Tokens');

export interface LoggedRequest {
  readonly account: string;
  readonly at: Instant;
  readonly endpoint: string;
  readonly items: number;
  /** `ok`, `partial`, `later`, `unauthorised`, `unclear` … */
  readonly outcome: string;
  readonly ms: number;
}

/** Every call to Exist. */
export interface RequestLog {
  append(request: LoggedRequest): Promise<void>;
  since(account: string, from: Instant): Promise<readonly LoggedRequest[]>;
  prune(before: Instant): Promise<void>;
}
export const RequestLog = token<RequestLog>('RequestLog');
