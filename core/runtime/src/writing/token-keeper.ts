import type { Clock } from '../day/clock.ts';
import type { Secret } from '../kernel/secret.ts';
import type { Token, Tokens } from '../store/accounts.ts';
import type { Change, Changes } from '../store/changes.ts';
import type { ChangesOf } from './changes-of.ts';
import type { Client, ExistGateway, TokenAnswer, Unanswered } from './exist-gateway.ts';
import { EXPIRY_MARGIN_MS } from './plan.ts';
import { connectRemedy, loginRequired } from './plan-problems.ts';

export type Kept =
  | { readonly status: 'ready'; readonly token: Token }
  /** Nobody is logged in, or the token is dead: only the person can help. */
  | { readonly status: 'login' }
  | Extract<Unanswered, { status: 'limited' | 'unreachable' | 'unclear' | 'misconfigured' }>;

/** Makes one call of the token endpoint or the profile; its entry in the request log and what it changes are one record. */
export type Recorded = <T extends { readonly status: string }>(
  endpoint: string,
  call: () => Promise<T | Unanswered>,
  changesOf: ChangesOf<T | Unanswered>,
) => Promise<T | Unanswered>;

/**
 * Keeps the token of one account.
 *
 * - *valid*: handed out as it is. Left when it expires or Exist answers 401.
 * - *refreshing*: the intent is stored, one call is under way and everybody who asks waits for it. Its answer is stored
 *   before anyone gets it: valid again. A refusal: dead. Surely not arrived, or refused for the client's sake
 *   (`client_id`, `client_secret`): valid as before, tried again later.
 * - *in doubt*: the intent is stored and no answer (lost on the way, or the process died). The next who asks tries the
 *   old access token on the profile: accepted means that the refresh never happened. Else the old refresh token, once.
 * - *dead*: kept, with everything that waits; left by a new login.
 */
export class TokenKeeper {
  readonly #account: string;
  readonly #tokens: Tokens;
  readonly #changes: Changes;
  readonly #gateway: ExistGateway;
  readonly #clock: Pick<Clock, 'now' | 'trusted'>;
  readonly #client: () => Client | undefined;
  readonly #recorded: Recorded;
  #flight: Promise<Kept> | undefined;

  constructor(parts: {
    readonly account: string;
    readonly tokens: Tokens;
    readonly changes: Changes;
    readonly gateway: ExistGateway;
    readonly clock: Pick<Clock, 'now' | 'trusted'>;
    readonly client: () => Client | undefined;
    readonly recorded: Recorded;
  }) {
    this.#account = parts.account;
    this.#tokens = parts.tokens;
    this.#changes = parts.changes;
    this.#gateway = parts.gateway;
    this.#clock = parts.clock;
    this.#client = parts.client;
    this.#recorded = parts.recorded;
  }

  /** A token to use now; refreshed first when it has expired. */
  async current(): Promise<Kept> {
    if (this.#flight !== undefined) return await this.#flight;
    const token = await this.#tokens.get(this.#account);
    if (token === undefined || token.dead) return { status: 'login' };
    if (token.refreshIntentAt !== undefined || this.#hasExpired(token)) return await this.#alone(undefined);
    return { status: 'ready', token };
  }

  /** Exist answered 401 to this access token. Any number of callers cause one refresh. */
  async refused(accessToken: Secret): Promise<Kept> {
    return await this.#alone(accessToken);
  }

  /** Exist answered 401 to a token that was just refreshed: what that changes. */
  async givenUp(token: Token): Promise<readonly Change[]> {
    const stored = await this.#tokens.get(this.#account);
    return stored?.accessToken.equals(token.accessToken) === true ? this.#burial(stored) : [];
  }

  #alone(refused: Secret | undefined): Promise<Kept> {
    this.#flight ??= this.#renewed(refused).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #renewed(refused: Secret | undefined): Promise<Kept> {
    const token = await this.#tokens.get(this.#account);
    if (token === undefined || token.dead) return { status: 'login' };
    if (token.refreshIntentAt !== undefined) return await this.#recovered(token);
    // Another caller, process or login was faster.
    const isNewer = refused === undefined ? !this.#hasExpired(token) : !token.accessToken.equals(refused);
    if (isNewer) return { status: 'ready', token };
    return await this.#refreshed(token, false);
  }

  async #recovered(token: Token): Promise<Kept> {
    const settled = { ...token, refreshIntentAt: undefined };
    const outcome = await this.#recorded(
      'profile',
      async () => await this.#gateway.profile(token.accessToken),
      ({ status }) => (status === 'answered' ? [{ kind: 'token', token: settled }] : []),
    );
    switch (outcome.status) {
      case 'answered':
        return { status: 'ready', token: settled };
      case 'unauthorised':
      case 'forbidden':
      case 'rejected':
        return await this.#refreshed(token, true);
      default:
        return outcome;
    }
  }

  async #refreshed(token: Token, isLastTry: boolean): Promise<Kept> {
    const client = this.#client();
    const { refreshToken } = token;
    if (client === undefined || refreshToken === undefined) {
      await this.#changes.together(this.#burial(token));
      return { status: 'login' };
    }
    if (!isLastTry) await this.#tokens.put({ ...token, refreshIntentAt: this.#clock.now() });
    const outcome = await this.#recorded(
      'refresh',
      async () => await this.#gateway.refresh(client, refreshToken),
      async (answer) => await this.#changesAfter(token, answer, isLastTry),
    );
    if (outcome.status === 'limited' || outcome.status === 'unreachable' || outcome.status === 'misconfigured')
      return outcome;
    if (outcome.status === 'unclear' && !isLastTry) return outcome;
    // What is stored now decides: the new pair, that of a faster instance, or a token that is dead.
    const stored = await this.#tokens.get(this.#account);
    return stored === undefined || stored.dead ? { status: 'login' } : { status: 'ready', token: stored };
  }

  async #changesAfter(
    token: Token,
    outcome: { readonly status: 'granted'; readonly token: TokenAnswer } | Unanswered,
    isLastTry: boolean,
  ): Promise<readonly Change[]> {
    switch (outcome.status) {
      case 'granted':
        return [
          { kind: 'token', token: renewedToken(token, outcome.token, this.#clock) },
          { kind: 'clear', code: 'exist.client_unknown', subject: this.#account },
        ];
      case 'limited':
      case 'unreachable':
        return isLastTry ? [] : [{ kind: 'token', token }];
      case 'misconfigured':
        return [...(isLastTry ? [] : [{ kind: 'token', token } as const]), this.#clientUnknown(outcome.message)];
      case 'unclear':
        return isLastTry ? this.#burial(token) : [];
      case 'unauthorised':
      case 'forbidden':
      case 'rejected': {
        // A second instance may have used the refresh token first.
        const stored = await this.#tokens.get(this.#account);
        const isOvertaken = stored !== undefined && !stored.accessToken.equals(token.accessToken);
        return isOvertaken ? [] : this.#burial(token);
      }
    }
  }

  #burial(token: Token): readonly Change[] {
    const problem = { ...loginRequired(this.#account), since: this.#clock.now() };
    return [
      { kind: 'token', token: { ...token, refreshIntentAt: undefined, dead: true } },
      { kind: 'raise', problem },
    ];
  }

  #clientUnknown(message: string): Change {
    return {
      kind: 'raise',
      problem: {
        code: 'exist.client_unknown',
        subject: this.#account,
        since: this.#clock.now(),
        message: `${message}; nothing is lost, values wait`,
        remedy: `compare client_id and client_secret in dayfold.yaml with https://exist.io/account/apps/; for another client ${connectRemedy(this.#account)}`,
      },
    };
  }

  /** Without a refresh token, or with a clock that cannot be trusted, only a 401 tells. */
  #hasExpired({ expiresAt, refreshToken }: Token): boolean {
    if (expiresAt === undefined || refreshToken === undefined || !this.#clock.trusted()) return false;
    return expiresAt <= this.#clock.now() + EXPIRY_MARGIN_MS;
  }
}

function renewedToken(token: Token, answer: TokenAnswer, clock: Pick<Clock, 'now' | 'trusted'>): Token {
  return {
    ...token,
    accessToken: answer.accessToken,
    refreshToken: answer.refreshToken,
    expiresAt: expiryOf(answer, clock),
    scopes: answer.scopes.length > 0 ? answer.scopes : token.scopes,
    refreshIntentAt: undefined,
    dead: false,
  };
}

/** Undefined, for "until refused", where Exist or the clock does not tell. */
export function expiryOf(
  answer: Pick<TokenAnswer, 'expiresInS'>,
  clock: Pick<Clock, 'now' | 'trusted'>,
): number | undefined {
  if (answer.expiresInS === undefined || !clock.trusted()) return undefined;
  return clock.now() + answer.expiresInS * 1000;
}
