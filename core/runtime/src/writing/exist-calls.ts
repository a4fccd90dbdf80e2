import type { RequestLog } from '../store/accounts.ts';
import type { Clock } from '../day/clock.ts';
import type { AccountMemory } from './account-memory.ts';
import { HOURLY_LIMIT, WINDOW_MS, budgetOf, roomAgainAt, roomIn } from './budget.ts';
import type { Unanswered } from './exist-gateway.ts';
import { limitedUntil } from './retry-times.ts';
import type { TokenKeeper } from './token-keeper.ts';

/**
 * The one way from an account to Exist: every call is counted and logged here, none is made while Exist asked to wait
 * or when the hour is full, and a 401 is answered by one refresh and one repetition.
 */
export class ExistCalls {
  readonly #account: string;
  readonly #log: RequestLog;
  readonly #clock: Clock;
  readonly #memory: AccountMemory;
  readonly #random: () => number;
  /** Calls made since it was built; reports take the difference. */
  made = 0;

  constructor(account: string, log: RequestLog, clock: Clock, memory: AccountMemory, random: () => number) {
    this.#account = account;
    this.#log = log;
    this.#clock = clock;
    this.#memory = memory;
    this.#random = random;
  }

  /** One call, without a token or with one that the caller holds. */
  async record<T extends { readonly status: string }>(
    endpoint: string,
    items: number,
    call: () => Promise<T>,
  ): Promise<T> {
    const held = await this.#heldBack();
    if (held !== undefined) return held as Unanswered as unknown as T;
    const from = this.#clock.monotonic();
    let outcome: T;
    try {
      outcome = await call();
    } catch (error) {
      outcome = { status: 'unclear', message: (error as Error).message } satisfies Unanswered as unknown as T;
    }
    const at = this.#clock.now();
    const ms = Math.max(0, Math.round(this.#clock.monotonic() - from));
    // Each page of a list is a request of its own.
    for (let page = 0; page < pagesOf(outcome); page += 1) {
      this.made += 1;
      await this.#log.append({ account: this.#account, at, endpoint, items, outcome: outcomeWord(outcome), ms });
    }
    if (outcome.status === 'limited') {
      const { retryAfterMs } = outcome as unknown as { readonly retryAfterMs: number | undefined };
      await this.#memory.write({ blockedUntil: limitedUntil(at, retryAfterMs, this.#random) });
    }
    return outcome;
  }

  /** One call with the account's token. `unauthorised` means that only a new login helps. */
  async authorised<T extends { readonly status: string }>(
    keeper: TokenKeeper,
    endpoint: string,
    items: number,
    call: (accessToken: string) => Promise<T | Unanswered>,
  ): Promise<T | Unanswered> {
    const kept = await keeper.current();
    if (kept.status === 'login') return { status: 'unauthorised' };
    if (kept.status !== 'ready') return kept;
    const outcome = await this.record(endpoint, items, () => call(kept.token.accessToken));
    if (outcome.status !== 'unauthorised') return outcome;
    const renewed = await keeper.refused(kept.token.accessToken);
    if (renewed.status === 'login') return { status: 'unauthorised' };
    if (renewed.status !== 'ready') return renewed;
    const again = await this.record(endpoint, items, () => call(renewed.token.accessToken));
    if (again.status === 'unauthorised') await keeper.giveUp(renewed.token);
    return again;
  }

  async #heldBack(): Promise<Unanswered | undefined> {
    const now = this.#clock.now();
    const { blockedUntil } = await this.#memory.read();
    if (blockedUntil !== undefined && blockedUntil > now)
      return { status: 'limited', retryAfterMs: blockedUntil - now };
    const requests = await this.#log.since(this.#account, now - WINDOW_MS);
    if (roomIn(budgetOf(requests, now), true) > 0) return undefined;
    return { status: 'limited', retryAfterMs: roomAgainAt(requests, now, HOURLY_LIMIT) - now };
  }
}

function pagesOf(outcome: { readonly status: string }): number {
  return 'requests' in outcome && typeof outcome.requests === 'number' ? Math.max(1, outcome.requests) : 1;
}

function outcomeWord(outcome: {
  readonly status: string;
  readonly refused?: readonly unknown[];
  readonly unmentioned?: readonly unknown[];
}): string {
  if (outcome.status === 'granted') return 'ok';
  if (outcome.status === 'limited') return 'later';
  if (outcome.status !== 'answered') return outcome.status;
  return (outcome.refused?.length ?? 0) + (outcome.unmentioned?.length ?? 0) > 0 ? 'partial' : 'ok';
}
