import { z } from 'zod';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Clock } from '../day/clock.ts';
import type { Instant } from '../day/calendar.ts';
import { ConfigInvalid, LoginRequired, NotReady } from '../kernel/errors.ts';
import { Secret } from '../kernel/secret.ts';
import type { Token } from '../store/accounts.ts';
import type { Change, Changes } from '../store/changes.ts';
import { SHOWING_MS, acquireHold } from './acquire-hold.ts';
import type { Client, ExistGateway, TokenAnswer, Unanswered } from './exist-gateway.ts';
import { PendingLogins } from './pending-logins.ts';
import { scopesFor } from './scopes.ts';
import { expiryOf } from './token-keeper.ts';
import type { WritingStore } from './writing-parts.ts';

const TokenText = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.number().positive().nullish(),
  scope: z.string().nullish(),
});

type KnownProfile = { readonly username: string; readonly timezone: string } | undefined;
type ClientOf = Client & { readonly name: string };

/** Logs an account in: over the browser, by a pasted code, or by a pasted token. */
export class ConnectFlow {
  readonly #changes: Changes;
  readonly #pending: PendingLogins;
  readonly #gateway: ExistGateway;
  readonly #clock: Clock;

  constructor(parts: {
    readonly store: Pick<WritingStore, 'changes' | 'keyValues'>;
    readonly gateway: ExistGateway;
    readonly clock: Clock;
  }) {
    this.#changes = parts.store.changes;
    this.#pending = new PendingLogins(parts.store.keyValues, parts.clock);
    this.#gateway = parts.gateway;
    this.#clock = parts.clock;
  }

  async begin(login: {
    readonly account: string;
    readonly client: Client;
    readonly redirectUri: string;
    readonly attributes: readonly AttributeConfiguration[];
  }): Promise<{ readonly url: string; readonly state: string }> {
    const { account, client, redirectUri, attributes } = login;
    const state = await this.#pending.begin(account, redirectUri);
    return { url: this.#gateway.authorizeUrl(client, { redirectUri, scopes: scopesFor(attributes), state }), state };
  }

  /** Takes the callback's address or query, or a pasted code (then `account` says whose). Answers with the account. */
  async finish(login: {
    readonly answer: string;
    readonly account?: string | undefined;
    readonly accounts: readonly ClientOf[];
    readonly redirectUri?: string;
  }): Promise<string> {
    const { code, state, error } = partsOf(login.answer.trim());
    const pending = state === undefined ? await this.#pending.takeLast(login.account) : await this.#pending.take(state);
    if (pending === undefined || (login.account !== undefined && pending.account !== login.account)) {
      throw new LoginRequired(
        'this login was not begun here, was used already or took longer than ten minutes; run "dayfold connect" again',
      );
    }
    if (error !== undefined) throw new LoginRequired(`Exist did not allow access: ${error}`);
    if (code === undefined) throw new LoginRequired('the answer of Exist holds no code; run "dayfold connect" again');
    const client = login.accounts.find(({ name }) => name === pending.account);
    if (client === undefined) throw new ConfigInvalid(`there is no account "${pending.account}" in dayfold.yaml`);
    const { account } = pending;
    const outcome = await this.#recorded(
      account,
      'exchange',
      async () => await this.#gateway.exchangeCode(client, code, pending.redirectUri),
      // Stored before it is used, for nothing brings it back.
      (answer) => (answer.status === 'granted' ? this.#login(account, answer.token, undefined) : []),
    );
    // A code that may have been used is never tried again.
    if (outcome.status !== 'granted') throw failure(outcome, 'Exist did not accept the code');
    const { token } = outcome;
    await this.#recorded(
      account,
      'profile',
      async () => await this.#gateway.profile(token.accessToken),
      (answer) => (answer.status === 'answered' ? [this.#tokenChange(account, token, answer.profile)] : []),
    );
    return account;
  }

  async finishPasted(login: {
    readonly account: string;
    readonly codeOrUrl: string;
    readonly accounts: readonly ClientOf[];
  }): Promise<string> {
    return await this.finish({ answer: login.codeOrUrl, account: login.account, accounts: login.accounts });
  }

  /** A personal access token, or the JSON of a token answer. */
  async acceptToken(account: string, text: string): Promise<void> {
    const answer = tokenOf(text.trim());
    const isTaken = (status: string): boolean =>
      // An expired access token with a refresh token is still a login; one that is alone is not.
      status !== 'unauthorised' || answer.refreshToken !== undefined;
    const outcome = await this.#recorded(
      account,
      'profile',
      async () => await this.#gateway.profile(answer.accessToken),
      (said) =>
        isTaken(said.status) ? this.#login(account, answer, said.status === 'answered' ? said.profile : undefined) : [],
    );
    if (!isTaken(outcome.status)) throw new LoginRequired('Exist does not accept this token');
  }

  /** With the token goes the hold: what is taken over is shown before the first acquire. */
  #login(account: string, answer: TokenAnswer, profile: KnownProfile): readonly Change[] {
    return [this.#tokenChange(account, answer, profile), acquireHold(account, this.#clock.now() + SHOWING_MS)];
  }

  #tokenChange(account: string, answer: TokenAnswer, profile: KnownProfile): Change {
    const token: Token = {
      account,
      accessToken: answer.accessToken,
      refreshToken: answer.refreshToken,
      expiresAt: expiryOf(answer, this.#clock),
      scopes: answer.scopes,
      refreshIntentAt: undefined,
      dead: false,
      username: profile?.username,
      timezone: profile?.timezone,
      connectedAt: this.#clock.now(),
    };
    return { kind: 'token', token };
  }

  async #recorded<T extends { readonly status: string }>(
    account: string,
    endpoint: string,
    call: () => Promise<T>,
    changesOf: (outcome: T) => readonly Change[],
  ): Promise<T> {
    const from: Instant = this.#clock.monotonic();
    const outcome = await call();
    const at = this.#clock.now();
    const isFine = outcome.status === 'granted' || outcome.status === 'answered';
    const ms = Math.max(0, Math.round(this.#clock.monotonic() - from));
    const request = { account, at, endpoint, items: 0, outcome: isFine ? 'ok' : outcome.status, ms };
    await this.#changes.together([{ kind: 'request', request }, ...changesOf(outcome)]);
    return outcome;
  }
}

function partsOf(answer: string): {
  code?: string | undefined;
  state?: string | undefined;
  error?: string | undefined;
} {
  const query = answer.includes('?') ? answer.slice(answer.indexOf('?') + 1) : answer;
  const fields = new URLSearchParams(query.split('#')[0]);
  if (!fields.has('code') && !fields.has('error'))
    return answer === '' || answer.includes('://') ? {} : { code: answer };
  return {
    code: fields.get('code') ?? undefined,
    state: fields.get('state') ?? undefined,
    error: fields.get('error') ?? undefined,
  };
}

function tokenOf(text: string): TokenAnswer {
  if (!text.startsWith('{')) {
    if (text === '' || /\s/.test(text))
      throw new ConfigInvalid('expected one access token, or the JSON of a token answer');
    return { accessToken: new Secret(text), refreshToken: undefined, expiresInS: undefined, scopes: [] };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ConfigInvalid('the token answer is not valid JSON');
  }
  const parsed = TokenText.safeParse(json);
  if (!parsed.success)
    throw new ConfigInvalid(
      `the token answer lacks or misstates: ${parsed.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    );
  const { access_token, refresh_token, expires_in, scope } = parsed.data;
  return {
    accessToken: new Secret(access_token),
    refreshToken: secretOf(refresh_token),
    expiresInS: expires_in ?? undefined,
    scopes: scope?.split(' ').filter((one) => one !== '') ?? [],
  };
}

function secretOf(text: string | null | undefined): Secret | undefined {
  return typeof text === 'string' ? new Secret(text) : undefined;
}

function failure(outcome: Unanswered, what: string): Error {
  switch (outcome.status) {
    case 'unreachable':
    case 'limited':
      return new NotReady(
        `${what}: ${'message' in outcome ? outcome.message : 'too many requests'}; run "dayfold connect" again later`,
      );
    case 'misconfigured':
      return new ConfigInvalid(
        `${outcome.message}; compare them with your client at https://exist.io/account/apps/, then run "dayfold connect" again`,
      );
    default:
      return new LoginRequired(
        `${what}${'message' in outcome ? `: ${outcome.message}` : ''}; run "dayfold connect" again`,
      );
  }
}
