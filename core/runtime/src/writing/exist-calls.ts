import type { Clock } from '../day/clock.ts';
import type { RequestLog } from '../store/accounts.ts';
import type { Change, Changes } from '../store/changes.ts';
import type { Secret } from '../kernel/secret.ts';
import type { AccountMemory } from './account-memory.ts';
import type { ChangesOf } from './changes-of.ts';
import { HOURLY_LIMIT, WINDOW_MS, budgetOf, roomAgainAt, roomIn } from './budget.ts';
import type { Unanswered } from './exist-gateway.ts';
import { limitedUntil } from './retry-times.ts';
import type { TokenKeeper } from './token-keeper.ts';

/**
 * The one way from an account to Exist: every call is counted and logged here, none is made while Exist asked to wait
 * or when the hour is full, and a 401 is answered by one refresh and one repetition. The outcome that the caller gets is
 * recorded before it is returned, in one transaction with all that it changes.
 */
export class ExistCalls {
  readonly #account: string;
  readonly #store: { readonly requestLog: RequestLog; readonly changes: Changes };
  readonly #clock: Clock;
  readonly #memory: AccountMemory;
  readonly #random: () => number;
  /** Calls made since it was built; reports take the difference. */
  made = 0;

  constructor(parts: {
    readonly account: string;
    readonly store: { readonly requestLog: RequestLog; readonly changes: Changes };
    readonly clock: Clock;
    readonly memory: AccountMemory;
    readonly random: () => number;
  }) {
    this.#account = parts.account;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#memory = parts.memory;
    this.#random = parts.random;
  }

  /** One call, without a token or with one that the caller holds. */
  async record<T extends { readonly status: string }>(
    endpoint: string,
    items: number,
    call: () => Promise<T | Unanswered>,
    changesOf: ChangesOf<T | Unanswered> = () => [],
  ): Promise<T | Unanswered> {
    const held = await this.#heldBack();
    if (held !== undefined) return await this.#uncalled(held, changesOf);
    const from = this.#clock.monotonic();
    const outcome = await outcomeOf(call);
    const at = this.#clock.now();
    const ms = Math.max(0, Math.round(this.#clock.monotonic() - from));
    const pages = pagesOf(outcome);
    this.made += pages;
    const request = { account: this.#account, at, endpoint, items, outcome: outcomeWord(outcome), ms };
    await this.#store.changes.together([
      // Each page of a list is a request of its own.
      ...Array.from({ length: pages }, (): Change => ({ kind: 'request', request })),
      ...(isLimited(outcome)
        ? [await this.#memory.change({ blockedUntil: limitedUntil(at, outcome.retryAfterMs, this.#random) })]
        : []),
      ...(await changesOf(outcome)),
    ]);
    return outcome;
  }

  /** One call with the account's token. `unauthorised` means that only a new login helps. */
  async authorised<T extends { readonly status: string }>(
    keeper: TokenKeeper,
    endpoint: string,
    items: number,
    call: (accessToken: Secret) => Promise<T | Unanswered>,
    changesOf: ChangesOf<T | Unanswered> = () => [],
  ): Promise<T | Unanswered> {
    const kept = await keeper.current();
    if (kept.status === 'login') return await this.#uncalled({ status: 'unauthorised' }, changesOf);
    if (kept.status !== 'ready') return await this.#uncalled(kept, changesOf);
    const { accessToken } = kept.token;
    // A first 401 is not the outcome yet.
    const outcome = await this.record(
      endpoint,
      items,
      async () => await call(accessToken),
      async (first) => (first.status === 'unauthorised' ? [] : await changesOf(first)),
    );
    if (outcome.status !== 'unauthorised') return outcome;
    const renewed = await keeper.refused(accessToken);
    if (renewed.status === 'login') return await this.#uncalled({ status: 'unauthorised' }, changesOf);
    if (renewed.status !== 'ready') return await this.#uncalled(renewed, changesOf);
    const { token } = renewed;
    return await this.record(
      endpoint,
      items,
      async () => await call(token.accessToken),
      async (last) => [
        ...(last.status === 'unauthorised' ? await keeper.givenUp(token) : []),
        ...(await changesOf(last)),
      ],
    );
  }

  /** Nothing was sent, so there is nothing to log. */
  async #uncalled<T>(outcome: Unanswered, changesOf: ChangesOf<T | Unanswered>): Promise<Unanswered> {
    await this.#store.changes.together(await changesOf(outcome));
    return outcome;
  }

  async #heldBack(): Promise<Unanswered | undefined> {
    const now = this.#clock.now();
    const { blockedUntil } = await this.#memory.read();
    if (blockedUntil !== undefined && blockedUntil > now)
      return { status: 'limited', retryAfterMs: blockedUntil - now };
    const requests = await this.#store.requestLog.since(this.#account, now - WINDOW_MS);
    if (roomIn(budgetOf(requests, now), true) > 0) return undefined;
    return { status: 'limited', retryAfterMs: roomAgainAt(requests, now, HOURLY_LIMIT) - now };
  }
}

/** What a gateway throws is a mistake of ours; whether Exist applied the request is then unknown too. */
async function outcomeOf<T>(call: () => Promise<T | Unanswered>): Promise<T | Unanswered> {
  try {
    return await call();
  } catch (error) {
    return { status: 'unclear', message: (error as Error).message };
  }
}

function isLimited(outcome: {
  readonly status: string;
}): outcome is Extract<Unanswered, { readonly status: 'limited' }> {
  return outcome.status === 'limited';
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
