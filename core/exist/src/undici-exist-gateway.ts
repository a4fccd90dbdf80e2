import { InvariantBroken } from '@dayfold/runtime';
import type {
  AcquireItem,
  Answered,
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

  async refresh(client: Client, refreshToken: string) {
    return await this.#token({ grant_type: 'refresh_token', refresh_token: refreshToken }, client);
  }

  async profile(accessToken: string): Promise<{ readonly status: 'answered'; readonly profile: Profile } | Unanswered> {
    const answer = await this.#transport.get('/api/2/accounts/profile/', accessToken);
    const read = parsed(answer, ProfileWire);
    if (read.status !== 'parsed') return read;
    const { username, timezone, local_time } = read.body;
    return { status: 'answered', profile: { username, timezone, localTime: local_time ?? undefined } };
  }

  async owned(accessToken: string) {
    return await this.#list('/api/2/attributes/owned/', accessToken);
  }

  async attributes(accessToken: string) {
    return await this.#list('/api/2/attributes/', accessToken);
  }

  async acquire(accessToken: string, items: readonly AcquireItem[]): Promise<Outcome<AcquireItem, ExistAttribute>> {
    // `manual` left out: unknown whether it stays, so it is always said.
    const body = items.map((item) => ({ ...item, manual: false }));
    return await this.#write('acquire/?success_objects=1', accessToken, items, body, acquireKeys, (_item, wire) =>
      attributeOf(wire),
    );
  }

  async create(accessToken: string, items: readonly CreateItem[]): Promise<Outcome<CreateItem, ExistAttribute>> {
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
    accessToken: string,
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

  async update(accessToken: string, items: readonly UpdateItem[]): Promise<Outcome<UpdateItem, WireValue>> {
    const echoed = ({ value }: UpdateItem, wire: AttributeWire): WireValue =>
      typeof wire.value === 'number' || typeof wire.value === 'string' ? wire.value : value;
    return await this.#write('update/', accessToken, items, items, datedKeys, echoed);
  }

  async increment(
    accessToken: string,
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
    const form = { ...fields, client_id: client.clientId, client_secret: client.clientSecret };
    const answer = await this.#transport.postForm('/oauth2/access_token', form);
    // A code or refresh token that is no longer good: standard OAuth2 `invalid_grant`.
    if (answer.status === 'rejected' && /invalid_grant/.test(answer.message)) return { status: 'unauthorised' };
    const read = parsed(answer, TokenWire);
    if (read.status !== 'parsed') return read;
    const { access_token, refresh_token, expires_in, scope } = read.body;
    const scopes = (scope ?? '').split(' ').filter((name) => name !== '');
    return {
      status: 'granted',
      token: {
        accessToken: access_token,
        refreshToken: refresh_token ?? undefined,
        expiresInS: expires_in ?? undefined,
        scopes,
      },
    };
  }

  /** Pages are counted here: a `next` address of the answer is never followed with the token. */
  async #list(path: string, accessToken: string) {
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
    accessToken: string,
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
    const refused = outcome.refused.map((one) => ({ ...one, message: withoutSecrets(one.message, [accessToken]) }));
    return { ...outcome, refused };
  }
}

/** Items are found again by name and date, template or label; the answer has no index, any order, and may repeat. */
function settled<Item, Result>(
  items: readonly Item[],
  { success, failed }: z.output<typeof WriteAnswer>,
  keysOf: (item: Item) => readonly string[],
  resultOf: (item: Item, wire: AttributeWire) => Result,
): Answered<Item, Result> {
  const accepted: { item: Item; result: Result }[] = [];
  const refused: { item: Item; code: string; message: string }[] = [];
  const unmentioned: Item[] = [];
  for (const item of items) {
    const keys = keysOf(item);
    const isMeant = (wire: AttributeWire): boolean => keysOfWire(wire).some((key) => keys.includes(key));
    const failure = failed.find(isMeant);
    const achieved = success.find(isMeant);
    if (failure !== undefined)
      refused.push({ item, code: failure.error_code ?? 'unknown', message: failure.error ?? 'no reason given' });
    else if (achieved !== undefined) accepted.push({ item, result: resultOf(item, achieved) });
    else unmentioned.push(item);
  }
  return { status: 'answered', accepted, refused, unmentioned };
}

function keysOfWire({ name, title, template, label, date }: AttributeWire): string[] {
  const names = [name, title].filter((each) => typeof each === 'string');
  return [
    ...names.map((each) => (typeof date === 'string' ? `name ${each} on ${date}` : `name ${each}`)),
    ...(typeof template === 'string' ? [`template ${template}`] : []),
    ...(typeof label === 'string' ? [`label ${label.toLowerCase()}`] : []),
  ];
}

/** A templated attribute carries the template's name where the answer leaves the template out. */
function acquireKeys(item: AcquireItem): string[] {
  return 'template' in item ? [`template ${item.template}`, `name ${item.template}`] : [`name ${item.name}`];
}

function datedKeys({ name, date }: { readonly name: string; readonly date: string }): string[] {
  return [`name ${name} on ${date}`];
}

function attributeOf(wire: AttributeWire): ExistAttribute {
  const { name, template, label, group, service, value_type, active } = wire;
  const serviceName = typeof service === 'string' ? service : service?.name;
  return {
    name: name ?? template ?? '',
    template: template ?? undefined,
    label: label ?? name ?? '',
    group: (typeof group === 'string' ? group : group?.name) ?? undefined,
    valueType: value_type ?? undefined,
    service: serviceName === '' ? undefined : (serviceName ?? undefined),
    serviceLabel: (typeof service === 'string' ? service : service?.label) ?? undefined,
    active: active === true || active === 'true',
  };
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
