import type { Account, Item, ItemOutcome } from './account.ts';
import { BATCH_LIMIT } from './counters.ts';
import type { Counters } from './counters.ts';
import { localTime } from './days.ts';
import type { Grant, Grants } from './grants.ts';
import { jsonOf } from './reply.ts';
import type { Reply } from './reply.ts';
import { attributeJson, attributeList, page, templateList, valuesOf, withValues } from './wire.ts';

const HOURLY_LIMIT = 300;
const HOUR_MS = 3_600_000;
const WRITES = new Set(['acquire', 'release', 'create', 'update', 'increment']);

export interface ApiRequest {
  readonly method: string | undefined;
  readonly authorization: string | undefined;
  readonly url: URL;
  readonly body: string;
  /** A fault spoils the answer: sending it again is right. */
  readonly isSpoiled: boolean;
}

/** The API and its token endpoint over one account, with the limit of requests for each token. */
export class TwinApi {
  readonly #account: Account;
  readonly #grants: Grants;
  readonly #counters: Counters;
  readonly #now: () => number;
  readonly #recent = new Map<string, number[]>();

  constructor(account: Account, grants: Grants, counters: Counters, now: () => number) {
    this.#account = account;
    this.#grants = grants;
    this.#counters = counters;
    this.#now = now;
  }

  reply(endpoint: string, request: ApiRequest): Reply {
    this.#counters.request(endpoint);
    if (endpoint === 'token') return this.#token(new URLSearchParams(request.body));
    const grant = this.#grants.alive(/^Bearer (\S+)$/.exec(request.authorization ?? '')?.[1] ?? '');
    if (grant === undefined) return { status: 401, body: { detail: 'Invalid token' } };
    if (!this.#isWithinLimit(grant)) return { status: 429 };
    const method = WRITES.has(endpoint) ? 'POST' : 'GET';
    if (request.method !== method) return { status: 405, body: { detail: `Method "${request.method}" not allowed.` } };
    return method === 'POST'
      ? this.#write(endpoint as 'update', grant, request)
      : this.#read(endpoint, grant, request.url);
  }

  #write(
    endpoint: 'acquire' | 'release' | 'create' | 'update' | 'increment',
    grant: Grant,
    { url, body, isSpoiled }: ApiRequest,
  ): Reply {
    const items = jsonOf(body);
    if (!Array.isArray(items)) return { status: 400, body: { detail: 'Expected a list of items' } };
    if (items.length > BATCH_LIMIT || items.length === 0)
      return { status: 400, body: { error: `Expected 1 to ${BATCH_LIMIT} objects` } };
    const keys = items.map((item: Item) =>
      JSON.stringify([item['name'], item['template'], item['label'], item['date']]),
    );
    this.#counters.duplicateItems += keys.length - new Set(keys).size;
    if (endpoint === 'update' && !isSpoiled) this.#counters.updated(grant.accessToken, items.length, this.#now());
    const success: unknown[] = [];
    const failed: unknown[] = [];
    for (const [index, item] of (items as Item[]).entries()) {
      const outcome: ItemOutcome = this.#account[endpoint](grant, item, index);
      if (!outcome.ok) failed.push({ ...item, error_code: outcome.code, error: outcome.error });
      else if (/^(?:1|true)$/.test(url.searchParams.get('success_objects') ?? ''))
        success.push(attributeJson(this.#account, outcome.attribute));
      else success.push(outcome.echo);
    }
    return { status: failed.length === 0 ? 200 : 202, body: { success, failed } };
  }

  #read(endpoint: string, grant: Grant, url: URL): Reply {
    const query = url.searchParams;
    switch (endpoint) {
      case 'profile':
        return {
          status: 200,
          body: {
            username: 'alex',
            first_name: 'Alex',
            last_name: 'Example',
            timezone: this.#account.timezone,
            local_time: localTime(this.#account.timezone, this.#now()),
            trial: false,
            delinquent: false,
          },
        };
      case 'templates':
        return paged(templateList(query), url);
      case 'attributes':
        return paged(attributeList(this.#account, grant, query, false), url);
      case 'owned':
        return paged(attributeList(this.#account, grant, query, true), url);
      case 'with-values':
        return paged(withValues(this.#account, grant, query), url);
      default: {
        const values = valuesOf(this.#account, grant, query);
        return values === undefined ? { status: 404, body: { detail: 'Not found.' } } : paged(values, url);
      }
    }
  }

  #token(form: URLSearchParams): Reply {
    this.#counters.tokenCalls += 1;
    const client = this.#grants.known(form.get('client_id') ?? '');
    if (client === undefined || client.clientSecret !== form.get('client_secret'))
      return { status: 401, body: { error: 'invalid_client' } };
    const isRefresh = form.get('grant_type') === 'refresh_token';
    const token = isRefresh
      ? this.#grants.refresh(client, form.get('refresh_token') ?? '')
      : this.#grants.exchange(client, form.get('code') ?? '', form.get('redirect_uri') ?? '');
    if (token === undefined) return { status: 400, body: { error: 'invalid_grant' } };
    if (isRefresh) this.#counters.refreshes += 1;
    return { status: 200, body: token };
  }

  #isWithinLimit({ accessToken }: Grant): boolean {
    const now = this.#now();
    const recent = (this.#recent.get(accessToken) ?? []).filter((at) => at > now - HOUR_MS);
    const isWithin = recent.length < HOURLY_LIMIT;
    if (isWithin) recent.push(now);
    else this.#counters.rateLimited += 1;
    this.#recent.set(accessToken, recent);
    this.#counters.busiestHour = Math.max(this.#counters.busiestHour, recent.length);
    return isWithin;
  }
}

/** Paths stand exactly so, slash included. Undefined: no part of the API. */
export function endpointOf(path: string): string | undefined {
  if (path === '/oauth2/access_token') return 'token';
  if (path === '/api/2/accounts/profile/') return 'profile';
  if (path === '/api/2/attributes/') return 'attributes';
  return /^\/api\/2\/attributes\/(templates|owned|with-values|values|acquire|release|create|update|increment)\/$/.exec(
    path,
  )?.[1];
}

function paged(items: readonly unknown[], url: URL): Reply {
  const body = page(items, url);
  return body === undefined ? { status: 404, body: { detail: 'Invalid page.' } } : { status: 200, body };
}
