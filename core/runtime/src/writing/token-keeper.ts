import type { Clock } from '../day/clock.ts';
import type { Token, Tokens } from '../store/accounts.ts';
import type { Problems } from '../store/problems.ts';
import type { Client, ExistGateway, TokenAnswer, Unanswered } from './exist-gateway.ts';
import { EXPIRY_MARGIN_MS } from './plan.ts';

export type Kept =
  | { readonly status: 'ready'; readonly token: Token }
  /** Nobody is logged in, or the token is dead: only the person can help. */
  | { readonly status: 'login' }
  | Extract<Unanswered, { status: 'limited' | 'unreachable' | 'unclear' }>;

/** Makes one call of the token endpoint or the profile and writes it to the request log. */
export type Recorded = <T extends { readonly status: string }>(endpoint: string, call: () => Promise<T>) => Promise<T>;

/**
 * Keeps the token of one account.
 *
 * - *valid*: handed out as it is. Left when it expires or Exist answers 401.
 * - *refreshing*: the intent is stored, one call is under way and everybody who asks waits for it. Its answer is stored
 *   before anyone gets it: valid again. A refusal: dead. Surely not arrived: valid as before, tried again later.
 * - *in doubt*: the intent is stored and no answer (lost on the way, or the process died). The next who asks tries the
 *   old access token on the profile: accepted means that the refresh never happened. Else the old refresh token, once.
 * - *dead*: kept, with everything that waits; left by a new login.
 */
export class TokenKeeper {
  readonly #account: string;
  readonly #tokens: Tokens;
  readonly #problems: Problems;
  readonly #gateway: ExistGateway;
  readonly #clock: Pick<Clock, 'now' | 'trusted'>;
  readonly #client: () => Client | undefined;
  readonly #recorded: Recorded;
  #flight: Promise<Kept> | undefined;

  constructor(parts: {
    readonly account: string;
    readonly tokens: Tokens;
    readonly problems: Problems;
    readonly gateway: ExistGateway;
    readonly clock: Pick<Clock, 'now' | 'trusted'>;
    readonly client: () => Client | undefined;
    readonly recorded: Recorded;
  }) {
    this.#account = parts.account;
    this.#tokens = parts.tokens;
    this.#problems = parts.problems;
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
  async refused(accessToken: string): Promise<Kept> {
    return await this.#alone(accessToken);
  }

  /** Exist answered 401 to a token that was just refreshed. */
  async giveUp(token: Token): Promise<void> {
    const stored = await this.#tokens.get(this.#account);
    if (stored?.accessToken === token.accessToken) await this.#bury(stored);
  }

  #alone(refused: string | undefined): Promise<Kept> {
    this.#flight ??= this.#renewed(refused).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #renewed(refused: string | undefined): Promise<Kept> {
    const token = await this.#tokens.get(this.#account);
    if (token === undefined || token.dead) return { status: 'login' };
    if (token.refreshIntentAt !== undefined) return await this.#recovered(token);
    // Another caller, process or login was faster.
    const isNewer = refused === undefined ? !this.#hasExpired(token) : token.accessToken !== refused;
    if (isNewer) return { status: 'ready', token };
    return await this.#refreshed(token, false);
  }

  async #recovered(token: Token): Promise<Kept> {
    const outcome = await this.#recorded('profile', () => this.#gateway.profile(token.accessToken));
    switch (outcome.status) {
      case 'answered': {
        const settled = { ...token, refreshIntentAt: undefined };
        await this.#tokens.put(settled);
        return { status: 'ready', token: settled };
      }
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
    if (client === undefined || refreshToken === undefined) return await this.#bury(token);
    if (!isLastTry) await this.#tokens.put({ ...token, refreshIntentAt: this.#clock.now() });
    const outcome = await this.#recorded('refresh', () => this.#gateway.refresh(client, refreshToken));
    switch (outcome.status) {
      case 'granted': {
        const next = renewedToken(token, outcome.token, this.#clock);
        await this.#tokens.put(next);
        return { status: 'ready', token: next };
      }
      case 'limited':
      case 'unreachable':
        if (!isLastTry) await this.#tokens.put(token);
        return outcome;
      case 'unclear':
        return isLastTry ? await this.#bury(token) : outcome;
      case 'unauthorised':
      case 'forbidden':
      case 'rejected': {
        // A second instance may have used the refresh token first: what is stored now decides.
        const stored = await this.#tokens.get(this.#account);
        if (stored !== undefined && stored.accessToken !== token.accessToken) return { status: 'ready', token: stored };
        return await this.#bury(token);
      }
    }
  }

  async #bury(token: Token): Promise<Kept> {
    await this.#tokens.put({ ...token, refreshIntentAt: undefined, dead: true });
    await this.#problems.raise({
      code: 'exist.login_required',
      subject: this.#account,
      since: this.#clock.now(),
      message: 'Exist no longer accepts the stored token; nothing is lost, values wait',
      remedy: `run "dayfold connect${this.#account === 'me' ? '' : ` ${this.#account}`}"`,
    });
    return { status: 'login' };
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
