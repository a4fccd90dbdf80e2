import type { JsonValue } from '@dayfold/sdk';
import type { Instant } from '../day/calendar.ts';
import type { KeyValues } from '../store/problems.ts';

/** What must survive a restart about the writing of one account. */
export interface AccountState {
  /** The last sync that counts as periodic, by when it began. */
  readonly lastSyncAt?: Instant;
  /** Exist asked to wait (429): no call of this token before. */
  readonly blockedUntil?: Instant;
  /** After failures: no sync by itself before. */
  readonly retryAt?: Instant;
  /** Syncs that failed in a row. */
  readonly failures?: number;
  /** Groups that Exist turned away; until the next login. */
  readonly deniedGroups?: readonly string[];
  /** The outcome of a create call is unknown: look before creating again. */
  readonly createUnclear?: boolean;
}

const SCOPE = 'dayfold';

/** The state of one account in the daemon's own key-values. Calls come one at a time. */
export class AccountMemory {
  readonly #keyValues: KeyValues;
  readonly #key: string;

  constructor(keyValues: KeyValues, account: string) {
    this.#keyValues = keyValues;
    this.#key = `writing.${account}`;
  }

  async read(): Promise<AccountState> {
    return ((await this.#keyValues.get(SCOPE, this.#key)) ?? {}) as AccountState;
  }

  /** Sets some keys; undefined removes one. */
  async write(changes: { readonly [Key in keyof AccountState]: AccountState[Key] | undefined }): Promise<void> {
    const entries = Object.entries({ ...(await this.read()), ...changes }).filter(([, value]) => value !== undefined);
    await this.#keyValues.set(SCOPE, this.#key, Object.fromEntries(entries) as JsonValue);
  }
}
