import { InvariantBroken, Secret } from '@dayfold/runtime';
import type {
  AcquireItem,
  Client,
  CreateItem,
  ExistAttribute,
  ExistGateway,
  IncrementItem,
  Outcome,
  Profile,
  TokenAnswer,
  Unanswered,
  UpdateItem,
  WireValue,
} from '@dayfold/runtime';
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { acquireKeys, attributeOf, datedKeys, settled } from './answered-items.ts';
import { ExistTransport, withoutSecrets } from './exist-transport.ts';
import type { Answer } from './exist-transport.ts';
import type { AttributeWire } from './wire.ts';
import { Page, ProfileWire, TokenWire, WriteAnswer } from './wire.ts';

/** Exist's limit for the items of one call. */
const BATCH_LIMIT = 35;
const PAGE_SIZE = 100;
/** More than any account has; a server that pages for ever must not hold us. */
const MOST_PAGES = 50;

export interface ExistGatewayOptions {
  readonly url: string;
  /** For a whole exchange, body included. */
  readonly timeoutMs?: number;
  readonly dispatcher?: Dispatcher;
}

/** Exist's API over undici. */
export class UndiciExistGateway implements ExistGateway {
  readonly #transport: ExistTransport;

  constructor({ url, timeoutMs = 30_000, dispatcher }: ExistGatewayOptions) {
    this.#transport = new ExistTransport(url, timeoutMs, dispatcher);
  }

  authorizeUrl(
    client: Client,
    request: { readonly redirectUri: string; readonly scopes: readonly string[]; readonly state: string },
  ): string {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: request.redirectUri,
      scope: request.scopes.join(' '),
      state: request.state,
    });
    return this.#transport.address(`/oauth2/authorize?${query.toString()}`);
  }

  async exchangeCode(client: Client, code: string, redirectUri: string) {
    return await this.#token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }, client);
  }

  async refresh(client: Client, refreshToken: Secret) {
    return await this.#token({ grant_type: 'refresh_token', refresh_token: refreshToken.reveal() }, client);
  }

  async profile(accessToken: Secret): Promise<{ readonly status: 'answered'; readonly profile: Profile } | Unanswered> {
    const answer = await this.#transport.get('/api/2/accounts/profile/', accessToken);
    const read = parsed(answer, ProfileWire);
    if (read.status !== 'parsed') return read;
    const { username, timezone, local_time } = read.body;
    return { status: 'answered', profile: { username, timezone, localTime: local_time ?? undefined } };
  }

  async owned(accessToken: Secret) {
    return await this.#list('/api/2/attributes/owned/', accessToken);
  }

  async attributes(accessToken: Secret) {
    return await this.#list('/api/2/attributes/', accessToken);
  }

  async acquire(accessToken: Secret, items: readonly AcquireItem[]): Promise<Outcome<AcquireItem, ExistAttribute>> {
    // `manual` left out: unknown whether it stays, so it is always said.
    const body = items.map((item) => ({ ...item, manual: false }));
    return await this.#write('acquire/?success_objects=1', accessToken, items, body, acquireKeys, (_item, wire) =>
      attributeOf(wire),
    );
  }

  async create(accessToken: Secret, items: readonly CreateItem[]): Promise<Outcome<CreateItem, ExistAttribute>> {
    const body = items.map(({ label, group, valueType }) => ({ label, group, value_type: valueType, manual: false }));
    return await this.#write(
      'create/?success_objects=1',
      accessToken,
      items,
      body,
      ({ label }) => [`label ${label.toLowerCase()}`],
      (_item, wire) => attributeOf(wire),
    );
  }

  async release(
    accessToken: Secret,
    items: readonly { readonly name: string }[],
  ): Promise<Outcome<{ readonly name: string }>> {
    return await this.#write(
      'release/',
      accessToken,
      items,
      items,
      ({ name }) => [`name ${name}`],
      (item) => item,
    );
  }

  async update(accessToken: Secret, items: readonly UpdateItem[]): Promise<Outcome<UpdateItem, WireValue>> {
    const echoed = ({ value }: UpdateItem, wire: AttributeWire): WireValue =>
      typeof wire.value === 'number' || typeof wire.value === 'string' ? wire.value : value;
    return await this.#write('update/', accessToken, items, items, datedKeys, echoed);
  }

  async increment(
    accessToken: Secret,
    items: readonly IncrementItem[],
  ): Promise<Outcome<IncrementItem, number | undefined>> {
    return await this.#write(
      'increment/',
      accessToken,
      items,
      items,
      datedKeys,
      (_item, wire) => wire.current ?? undefined,
    );
  }

  async #token(
    fields: Record<string, string>,
    client: Client,
  ): Promise<{ readonly status: 'granted'; readonly token: TokenAnswer } | Unanswered> {
    const form = { ...fields, client_id: client.clientId, client_secret: client.clientSecret.reveal() };
    const answer = await this.#transport.postForm('/oauth2/access_token', form);
    // Standard OAuth2. `invalid_grant`: the code or refresh token is no longer good.
    if (answer.status === 'rejected' && /\binvalid_grant\b/.test(answer.message)) return { status: 'unauthorised' };
    if (answer.status === 'rejected' && /\b(?:invalid|unauthorized)_client\b/.test(answer.message))
      return {
        status: 'misconfigured',
        message: 'Exist does not know the client: client_id or client_secret is wrong',
      };
    const read = parsed(answer, TokenWire);
    if (read.status !== 'parsed') return read;
    const { access_token, refresh_token, expires_in, scope } = read.body;
    const scopes = (scope ?? '').split(' ').filter((name) => name !== '');
    return {
      status: 'granted',
      token: {
        accessToken: new Secret(access_token),
        refreshToken: typeof refresh_token === 'string' ? new Secret(refresh_token) : undefined,
        expiresInS: expires_in ?? undefined,
        scopes,
      },
    };
  }

  /** Pages are counted here: a `next` address of the answer is never followed with the token. */
  async #list(path: string, accessToken: Secret) {
    const attributes: ExistAttribute[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await this.#transport.get(`${path}?limit=${PAGE_SIZE}&page=${page}`, accessToken);
      const read = parsed(answer, Page);
      if (read.status !== 'parsed') return read;
      attributes.push(...read.body.results.map(attributeOf));
      const isLast = (read.body.next ?? '') === '' || page === MOST_PAGES;
      if (isLast) return { status: 'answered' as const, attributes, requests: page };
    }
  }

  async #write<Item, Result>(
    endpoint: string,
    accessToken: Secret,
    items: readonly Item[],
    body: readonly unknown[],
    keysOf: (item: Item) => readonly string[],
    resultOf: (item: Item, wire: AttributeWire) => Result,
  ): Promise<Outcome<Item, Result>> {
    if (items.length > BATCH_LIMIT)
      throw new InvariantBroken(`${items.length} items in one call to Exist, which takes at most ${BATCH_LIMIT}`);
    if (items.length === 0) return { status: 'answered', accepted: [], refused: [], unmentioned: [] };
    const answer = await this.#transport.postJson(`/api/2/attributes/${endpoint}`, accessToken, body);
    const read = parsed(answer, WriteAnswer);
    if (read.status !== 'parsed') return read;
    const outcome = settled(items, read.body, keysOf, resultOf);
    const refused = outcome.refused.map((one) => ({
      ...one,
      message: withoutSecrets(one.message, [accessToken.reveal()]),
    }));
    return { ...outcome, refused };
  }
}

function parsed<Schema extends z.ZodType>(
  answer: Answer,
  schema: Schema,
): { readonly status: 'parsed'; readonly body: z.output<Schema> } | Unanswered {
  if (answer.status !== 'body') return answer;
  const read = schema.safeParse(answer.body);
  return read.success
    ? { status: 'parsed', body: read.data }
    : { status: 'unclear', message: 'Exist answered something unexpected' };
}
