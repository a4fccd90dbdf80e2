import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Account } from './account.ts';
import type { Item, ItemOutcome } from './account.ts';
import { accountPage } from './account-page.ts';
import { BATCH_LIMIT, Counters } from './counters.ts';
import type { TwinCounters } from './counters.ts';
import { localTime } from './days.ts';
import { FAULT_KINDS, Faults } from './faults.ts';
import type { FaultKind } from './faults.ts';
import { spoil } from './spoil.ts';
import { Grants } from './grants.ts';
import type { Grant, TokenJson, TwinClient } from './grants.ts';
import type { TwinValue } from './value-rules.ts';
import { attributeJson, attributeList, page, templateList, valuesOf, withValues } from './wire.ts';

export interface ExistTwinOptions {
  readonly port?: number;
  readonly now?: () => number;
  readonly timezone?: string;
  /** Fixes the texts of tokens. */
  readonly seed?: number;
}

export interface LoggedCall {
  readonly at: number;
  readonly endpoint: string;
  readonly items: readonly Item[];
  readonly status: number;
  readonly fault?: FaultKind;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const HOURLY_LIMIT = 300;
const HOUR_MS = 3_600_000;
const MOST_BODY_BYTES = 1024 * 1024;
const WRITES = new Set(['acquire', 'release', 'create', 'update', 'increment']);

export async function startExistTwin(options: ExistTwinOptions = {}): Promise<ExistTwin> {
  const twin = new ExistTwin(options);
  await twin.listen(options.port ?? 0);
  return twin;
}

/** A stand-in for Exist: one account, any number of clients, faults on demand, the five manners counted. */
export class ExistTwin implements AsyncDisposable {
  readonly faults = new Faults();
  readonly account: Account;
  readonly client: TwinClient;
  readonly #grants: Grants;
  readonly #counters = new Counters();
  readonly #calls: LoggedCall[] = [];
  readonly #recent = new Map<string, number[]>();
  readonly #now: () => number;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #url = '';

  constructor({ now = Date.now, timezone = 'Europe/Berlin', seed }: ExistTwinOptions) {
    this.#now = now;
    this.account = new Account(timezone, now, this.#counters);
    this.#grants = new Grants(now, seed);
    this.client = this.#grants.register({
      clientId: 'demo',
      clientSecret: 'demo-secret',
      redirectUris: [],
      service: 'dayfold123',
      label: 'dayfold',
    });
  }

  get url(): string {
    return this.#url;
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  issueToken({
    scopes,
    clientId,
    expiresInS,
  }: {
    readonly scopes: readonly string[];
    readonly clientId?: string;
    readonly expiresInS?: number;
  }): TokenJson {
    return this.#grants.issue(clientId === undefined ? this.client : this.#grants.client(clientId), scopes, expiresInS);
  }

  expire(accessToken: string): void {
    this.#grants.expire(accessToken);
  }

  revoke(token: string): void {
    this.#grants.revoke(token);
  }

  /** Another service takes an attribute. */
  steal(name: string, service = 'oura'): void {
    this.account.steal(name, service);
  }

  /** What clients wrote, by attribute and date. */
  values(): Record<string, Record<string, TwinValue>> {
    return Object.fromEntries(
      [...this.account.attributes.values()].map(({ name, written }) => [name, Object.fromEntries(written)]),
    );
  }

  counters(): TwinCounters {
    return this.#counters.snapshot();
  }

  requests(): readonly LoggedCall[] {
    return this.#calls;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#url);
    const body = await bodyOf(request);
    const endpoint = endpointOf(url.pathname);
    const fault = endpoint === undefined ? undefined : this.faults.take(endpoint);
    const call = {
      at: this.#now(),
      endpoint: endpoint ?? url.pathname,
      items: itemsOf(body),
      status: 0,
      ...(fault === undefined ? {} : { fault }),
    };
    await spoil(fault, response, () => {
      const reply = this.#reply(request, url, endpoint, body, fault !== undefined);
      if (endpoint !== undefined) this.#calls.push({ ...call, status: reply.status });
      return reply;
    });
  }

  #reply(request: IncomingMessage, url: URL, endpoint: string | undefined, body: string, isSpoiled: boolean): Reply {
    if (endpoint === undefined) return this.#aside(request, url, body);
    this.#counters.request(endpoint);
    if (endpoint === 'token') return this.#token(new URLSearchParams(body));
    const grant = this.#grants.alive(/^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (grant === undefined) return { status: 401, body: { detail: 'Invalid token' } };
    if (!this.#isWithinLimit(grant)) return { status: 429 };
    if (WRITES.has(endpoint)) {
      if (request.method !== 'POST')
        return { status: 405, body: { detail: `Method "${request.method}" not allowed.` } };
      return this.#write(endpoint as 'update', grant, url, body, isSpoiled);
    }
    if (request.method !== 'GET') return { status: 405, body: { detail: `Method "${request.method}" not allowed.` } };
    return this.#read(endpoint, grant, url);
  }

  #write(
    endpoint: 'acquire' | 'release' | 'create' | 'update' | 'increment',
    grant: Grant,
    url: URL,
    body: string,
    isSpoiled: boolean,
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
      const outcome: ItemOutcome = this.account[endpoint](grant, item, index);
      if (!outcome.ok) failed.push({ ...item, error_code: outcome.code, error: outcome.error });
      else if (/^(?:1|true)$/.test(url.searchParams.get('success_objects') ?? ''))
        success.push(attributeJson(this.account, outcome.attribute));
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
            timezone: this.account.timezone,
            local_time: localTime(this.account.timezone, this.#now()),
            trial: false,
            delinquent: false,
          },
        };
      case 'templates':
        return paged(templateList(query), url);
      case 'attributes':
        return paged(attributeList(this.account, grant, query, false), url);
      case 'owned':
        return paged(attributeList(this.account, grant, query, true), url);
      case 'with-values':
        return paged(withValues(this.account, grant, query), url);
      default: {
        const values = valuesOf(this.account, grant, query);
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

  /** What is no part of the API: the login page, the account as a page, and the handles for tests. */
  #aside(request: IncomingMessage, url: URL, body: string): Reply {
    const html = (text: string, status = 200): Reply => ({
      status,
      body: text,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    });
    switch (url.pathname) {
      case '/':
        return html(accountPage(this.account, this.counters()));
      case '/oauth2/authorize':
        return this.#authorize(url, html);
      case '/__twin/state':
        return { status: 200, body: { values: this.values(), counters: this.counters(), requests: this.#calls } };
      case '/__twin/fault': {
        const { n, kind, endpoint } = jsonOf(body) as { n: number; kind: FaultKind; endpoint?: string };
        if (!FAULT_KINDS.includes(kind))
          return { status: 400, body: { error: `known faults: ${FAULT_KINDS.join(', ')}` } };
        this.faults.next(n, kind, endpoint);
        return { status: 200, body: { pending: this.faults.pending() } };
      }
      default:
        // Like Django: a path without its slash is not the path.
        return request.method === 'GET' ? html('<h1>Not Found</h1>', 404) : html('<h1>Server Error (500)</h1>', 500);
    }
  }

  #authorize(url: URL, html: (text: string, status?: number) => Reply): Reply {
    const query = url.searchParams;
    const client = this.#grants.known(query.get('client_id') ?? '');
    const redirectUri = query.get('redirect_uri') ?? '';
    if (client === undefined || !URL.canParse(redirectUri)) return html('<h1>Invalid client or redirect URI</h1>', 400);
    if (query.get('approve') !== '1') {
      const allow = new URL(url);
      allow.searchParams.set('approve', '1');
      return html(
        `<h1>Allow ${client.label}?</h1><p>${escaped(query.get('scope') ?? '')}</p><a href="${escaped(allow.href)}">Allow</a>`,
      );
    }
    const scopes = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
    const back = new URL(redirectUri);
    back.searchParams.set('code', this.#grants.code(client, redirectUri, new Set(scopes)));
    const state = query.get('state');
    if (state !== null) back.searchParams.set('state', state);
    return { status: 302, headers: { location: back.href } };
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

/** Paths stand exactly so, slash included. */
function endpointOf(path: string): string | undefined {
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

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size <= MOST_BODY_BYTES) chunks.push(chunk as Buffer);
    }
  } catch {
    // The client went away in the middle of its request.
  }
  return Buffer.concat(chunks).toString('utf8');
}

function itemsOf(body: string): readonly Item[] {
  const items = jsonOf(body);
  return Array.isArray(items) ? (items as Item[]) : [];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
