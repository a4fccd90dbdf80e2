import { token } from '../kernel/token.ts';
import type { Ledger, RequestLog, Tokens } from './accounts.ts';
import type { AttributeDays } from './attribute-days.ts';
import type { Changes } from './changes.ts';
import type { Journal } from './journal.ts';
import type { Outbox } from './outbox.ts';
import type { KeyValues, Problems } from './problems.ts';

/** All ports onto disk, of one adapter that shares its transactions between them. */
export interface Store extends AsyncDisposable {
  readonly journal: Journal;
  readonly attributeDays: AttributeDays;
  readonly outbox: Outbox;
  readonly ledger: Ledger;
  readonly tokens: Tokens;
  readonly requestLog: RequestLog;
  readonly problems: Problems;
  readonly keyValues: KeyValues;
  readonly changes: Changes;
  close(): Promise<void>;
}
export const Store = token<Store>('Store');
