import type { JsonValue } from '@dayfold/sdk';
import type { Instant, LocalDay } from '../day/calendar.ts';
import type { Change } from '../store/changes.ts';
import type { KeyValues } from '../store/problems.ts';

export type Retried = 'sync' | 'deltas';

/** What must survive a restart about the writing of one account. */
export interface AccountState {
  /** The last sync that counts as periodic, by when it began. */
  readonly lastSyncAt?: Instant;
  /** Exist asked to wait (429): no call of this token before. */
  readonly blockedUntil?: Instant;
  /** After failures: no sync by itself before. */
  readonly retryAt?: Instant;
  /** What is tried again then: all that waits, or, where the totals had gone out, the deltas alone. */
  readonly retries?: Retried;
  /** Syncs that failed in a row. */
  readonly failures?: number;
  /** Groups that Exist turned away; until the next login. */
  readonly deniedGroups?: readonly string[];
  /** The outcome of a create call is unknown: look before creating again. */
  readonly createUnclear?: boolean;
  /** When the profile was looked at last. */
  readonly profileAt?: Instant;
  /** Exist refused this day as too old: neither it nor older ones are tried; until the next login. */
  readonly tooOld?: LocalDay;
}

/** New values of some keys; undefined removes one. */
export type StateChanges = { readonly [Key in keyof AccountState]: AccountState[Key] | undefined };

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

  async write(changes: StateChanges): Promise<void> {
    await this.#keyValues.set(SCOPE, this.#key, await this.#with(changes));
  }

  /** As `write`, to be recorded with what else an answer changes. Two of them in one record would undo each other. */
  async change(changes: StateChanges): Promise<Change> {
    return { kind: 'keep', scope: SCOPE, key: this.#key, value: await this.#with(changes) };
  }

  async #with(changes: StateChanges): Promise<JsonValue> {
    const entries = Object.entries({ ...(await this.read()), ...changes }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries) as JsonValue;
  }
}
