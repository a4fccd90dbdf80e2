import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Account } from './account.ts';
import type { Item } from './account.ts';
import { accountPage } from './account-page.ts';
import { Counters } from './counters.ts';
import type { TwinCounters } from './counters.ts';
import { dateIn } from './days.ts';
import { FAULT_KINDS, Faults } from './faults.ts';
import type { FaultKind } from './faults.ts';
import { Grants } from './grants.ts';
import type { TokenJson, TwinClient } from './grants.ts';
import { loginPage } from './login-page.ts';
import { html, jsonOf } from './reply.ts';
import type { Reply } from './reply.ts';
import { spoil } from './spoil.ts';
import { TwinApi, endpointOf } from './twin-api.ts';
import type { TwinValue } from './value-rules.ts';

export interface ExistTwinOptions {
  readonly port?: number;
  readonly now?: () => number;
  /** Of the profile; `Europe/Berlin` unless said. */
  readonly timezone?: string;
  /** Registered for the client `demo`; dayfold's own default unless said. */
  readonly redirectUris?: readonly string[];
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

const MOST_BODY_BYTES = 1024 * 1024;
const REDIRECT_URIS = ['http://localhost:8373/connect/callback'];

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
  readonly #api: TwinApi;
  readonly #now: () => number;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #url = '';

  constructor({ now = Date.now, timezone = 'Europe/Berlin', redirectUris = REDIRECT_URIS, seed }: ExistTwinOptions) {
    this.#now = now;
    this.account = new Account(timezone, now, this.#counters);
    this.#grants = new Grants(now, seed);
    this.client = this.#grants.register({
      clientId: 'demo',
      clientSecret: 'demo-secret',
      redirectUris,
      service: 'dayfold123',
      label: 'dayfold',
    });
    this.#api = new TwinApi(this.account, this.#grants, this.#counters, now);
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

  /** The zone of the profile, in which the account's days are counted. The person may move. */
  get timezone(): string {
    return this.account.timezone;
  }

  set timezone(timezone: string) {
    // Throws on what is no zone.
    dateIn(timezone, 0);
    this.account.timezone = timezone;
  }

  /** Another service fills the attribute of a template, as a watch does that was connected before. */
  fill(template: string, service = 'oura', label = service): void {
    this.account.labels.set(service, label);
    this.account.fill(template, service);
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
    const { method, headers } = request;
    if (endpoint === undefined) return this.#aside(method, url, body);
    return this.#api.reply(endpoint, { method, authorization: headers.authorization, url, body, isSpoiled });
  }

  /** What is no part of the API: the login page, the account as a page, and the handles for tests. */
  #aside(method: string | undefined, url: URL, body: string): Reply {
    switch (url.pathname) {
      case '/':
        return html(accountPage(this.account, this.counters()));
      case '/oauth2/authorize':
        return loginPage(this.#grants, url);
      default:
        if (url.pathname.startsWith('/__twin/')) return this.#handle(url.pathname.slice('/__twin/'.length), body);
        // Like Django: a path without its slash is not the path.
        return method === 'GET' ? html('<h1>Not Found</h1>', 404) : html('<h1>Server Error (500)</h1>', 500);
    }
  }

  #handle(handle: string, body: string): Reply {
    switch (handle) {
      case 'state':
        return { status: 200, body: { values: this.values(), counters: this.counters(), requests: this.#calls } };
      case 'fault': {
        const { n, kind, endpoint } = jsonOf(body) as { n: number; kind: FaultKind; endpoint?: string };
        if (!FAULT_KINDS.includes(kind))
          return { status: 400, body: { error: `known faults: ${FAULT_KINDS.join(', ')}` } };
        this.faults.next(n, kind, endpoint);
        return { status: 200, body: { pending: this.faults.pending() } };
      }
      case 'profile': {
        const { timezone } = jsonOf(body) as { timezone: string };
        this.timezone = timezone;
        return { status: 200, body: { timezone: this.timezone } };
      }
      case 'fill': {
        const { template, service } = jsonOf(body) as { template: string; service: string };
        this.fill(template, service);
        return { status: 200, body: { template, service } };
      }
      default:
        return { status: 404, body: { detail: 'Not found.' } };
    }
  }
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
