import type { Logger } from '@dayfold/sdk';
import type { AttributeConfiguration, ExistConfiguration } from '../config/configuration.ts';
import type { Calendar } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { token } from '../kernel/token.ts';
import type { Ledger, RequestLog, Tokens } from '../store/accounts.ts';
import type { Changes } from '../store/changes.ts';
import type { Outbox } from '../store/outbox.ts';
import type { KeyValues, Problems } from '../store/problems.ts';
import type { ExistGateway } from './exist-gateway.ts';

/** The ports onto disk that writing needs. */
export interface WritingStore {
  readonly outbox: Outbox;
  readonly ledger: Ledger;
  readonly tokens: Tokens;
  readonly requestLog: RequestLog;
  readonly problems: Problems;
  readonly keyValues: KeyValues;
  readonly changes: Changes;
}

export interface WritingSettings {
  readonly attributes: readonly AttributeConfiguration[];
  /** Undefined: local only, nothing is sent. */
  readonly exist: ExistConfiguration | undefined;
}

/** What the coordinator is built from. */
export interface WritingParts {
  readonly store: WritingStore;
  readonly gateway: ExistGateway;
  readonly clock: Clock;
  readonly calendar: Calendar;
  /** 0 <= x < 1 */
  readonly random: () => number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error' | 'debug'>;
  /** Brings the outbox up to date before a sync. */
  readonly beforeSync: () => Promise<void>;
  readonly settings: WritingSettings;
}
export const WritingParts = token<WritingParts>('WritingParts');
