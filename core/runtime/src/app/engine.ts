import type { LocalDay } from '../day/calendar.ts';
import type { DayName } from '../day/day-name.ts';
import type { SourceStatus } from '../hosting/source-status.ts';
import type { WireValue } from '../store/attribute-days.ts';
import type { Problem } from '../store/problems.ts';

/**
 * What the commands and the web address may ask. The running daemon answers it, over its socket or in person; without
 * one a command opens the store and answers itself. The shapes are those that `--json` prints.
 */
export interface Engine {
  status(): Promise<StatusReport>;
  days(filter: DaysFilter): Promise<readonly DayReport[]>;
  explain(attribute: string, date: DayName): Promise<Explanation>;
  plan(account: string | undefined): Promise<readonly PlanReport[]>;
  sync(account: string | undefined): Promise<readonly SyncSummary[]>;
  release(attribute: string): Promise<{ readonly message: string }>;
  connectBegin(account: string): Promise<{ readonly url: string }>;
  /** A pasted code, the whole address the browser ended on, or the query of a callback. */
  connectFinish(account: string | undefined, answer: string): Promise<ConnectReport>;
  /** A personal access token or the JSON of a token answer. */
  connectToken(account: string, text: string): Promise<ConnectReport>;
  /** Asks Exist once whether it accepts the login. */
  examine(account: string): Promise<LoginReport>;
  disconnect(account: string): Promise<{ readonly message: string }>;
  /** Takes an attribute back that was given to another service. */
  takeBack(attribute: string): Promise<{ readonly message: string }>;
}

export interface DaysFilter {
  readonly attribute?: string;
  readonly from?: DayName;
  readonly to?: DayName;
}

export interface StatusReport {
  readonly sources: readonly SourceReport[];
  readonly accounts: readonly AccountReport[];
  readonly attributes: readonly {
    readonly name: string;
    readonly account: string;
    readonly today: WireValue | null;
    readonly owned: string;
  }[];
  readonly problems: readonly ProblemReport[];
  readonly timezone: string;
  readonly running: boolean;
}

export interface SourceReport extends Omit<SourceStatus, 'since' | 'lastReading' | 'nextAttempt' | 'message'> {
  readonly since: string;
  readonly lastReading?: string;
  readonly nextAttempt?: string;
  readonly message?: string;
}

export interface AccountReport {
  readonly name: string;
  readonly connected: boolean;
  readonly username?: string;
  readonly scopes: readonly string[];
  readonly nextSync: string | null;
  readonly lastSync: string | null;
  readonly outbox: number;
  readonly usedLastHour: number;
  readonly limit: number;
}

export interface ProblemReport extends Omit<Problem, 'since'> {
  readonly since: string;
}

export interface DayReport {
  readonly account: string;
  readonly attribute: string;
  readonly date: LocalDay;
  readonly wanted: WireValue | null;
  readonly confirmed: WireValue | null;
  readonly state: 'confirmed' | 'waiting' | 'failed' | 'local';
  readonly complete: boolean;
  readonly readings: number;
  readonly reason?: string;
}

export interface Explanation {
  readonly attribute: string;
  readonly date: LocalDay;
  readonly value: WireValue | null;
  readonly fold: string;
  readonly readings: readonly {
    readonly series: string;
    readonly time: string;
    readonly value: unknown;
    readonly used: boolean;
    readonly why?: string;
  }[];
  readonly raw: unknown;
  readonly conversions: readonly string[];
  readonly reason?: string;
  readonly sent: readonly { readonly at: string; readonly value: WireValue; readonly outcome: string }[];
}

export interface PlanReport {
  readonly account: string;
  readonly at: string | null;
  readonly requests: readonly {
    readonly endpoint: string;
    readonly items: readonly { readonly attribute: string; readonly date?: LocalDay; readonly value?: WireValue }[];
  }[];
  readonly notes: readonly string[];
}

export interface SyncSummary {
  readonly account: string;
  readonly requests: number;
  readonly confirmed: number;
  readonly failed: number;
  /** Why nothing was sent. */
  readonly refused?: string;
}

export interface ConnectReport {
  readonly account: string;
  readonly username?: string;
  readonly scopes: readonly string[];
  readonly missingScopes: readonly string[];
  /** Attributes that another service fills now and that the first sync would take over. */
  readonly takeovers: readonly { readonly attribute: string; readonly service: string }[];
  /** To be acquired too; the login may not see which service fills them now. */
  readonly unseen: readonly string[];
}

export interface LoginReport {
  readonly account: string;
  /** `unknown`: Exist did not answer, or asked to wait. */
  readonly state: 'accepted' | 'not connected' | 'refused' | 'unknown';
  /** Of the profile. */
  readonly timezone?: string;
  readonly message?: string;
}
