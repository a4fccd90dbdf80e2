import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { twinApp } from './app.ts';
import type { TwinCounters } from './counters.ts';
import type { Faults } from './faults.ts';
import type { TokenJson } from './grants.ts';
import { TwinState } from './state.ts';
import type { TwinOptions, TwinRequest } from './state.ts';
import { SCOPES } from './templates.ts';
import type { TwinValue } from './value-rules.ts';
import { attributeJson } from './wire.ts';

export interface ExistTwin extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly client: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly redirectUris: readonly string[];
  };
  readonly faults: Faults;
  /** A personal token; all scopes unless said. An unknown `client` becomes another application of the person. */
  issueToken(options?: {
    readonly scopes?: readonly string[];
    readonly client?: string;
    readonly expiresInS?: number;
  }): TokenJson;
  /** What clients wrote, by attribute name and date; rows that Exist seeded are not in it. */
  values(): Record<string, Record<string, TwinValue>>;
  /** As Exist's API shows them, inactive ones too. */
  attributes(): readonly Record<string, unknown>[];
  counters(): TwinCounters;
  /** Oldest first. */
  requests(): readonly TwinRequest[];
  /** Another service takes the attribute. */
  steal(name: string, service?: string): void;
  /** From now on every acquire or create of this name is undone at once by another service. */
  stealAfterAcquire(name: string, service?: string): void;
  /** Ends access and refresh token; either of them names the pair. */
  revoke(token: string): void;
  /** Ends the access token alone. */
  expire(accessToken: string): void;
  setTimezone(timezone: string): void;
  close(): Promise<void>;
}

const ANOTHER_SERVICE = 'fitbit';

/** Serves a faithful fake of Exist, empty at first. */
export async function startExistTwin(options: TwinOptions = {}): Promise<ExistTwin> {
  const state = new TwinState(options);
  const host = options.host ?? '127.0.0.1';
  const server = createAdaptorServer({ fetch: twinApp(state).fetch }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  state.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const { clientId, clientSecret, redirectUris } = state.client;
  return {
    url: state.url,
    client: { clientId, clientSecret, redirectUris },
    faults: state.faults,
    issueToken: ({ scopes = SCOPES, client, expiresInS } = {}) =>
      state.grants.issue(client === undefined ? state.client : state.grants.client(client), scopes, expiresInS),
    values: () => state.values(),
    attributes: () => [...state.account.attributes.values()].map((one) => attributeJson(state.account, one)),
    counters: () => state.counters.snapshot(),
    requests: () => [...state.requests],
    steal: (name, service = ANOTHER_SERVICE) => state.account.steal(name, service),
    stealAfterAcquire: (name, service = ANOTHER_SERVICE) => void state.stolenOnAcquire.set(name, service),
    revoke: (token) => state.grants.revoke(token),
    expire: (accessToken) => state.grants.expire(accessToken),
    setTimezone: (timezone) => void (state.account.timezone = timezone),
    close,
    [Symbol.asyncDispose]: close,
  };
}
