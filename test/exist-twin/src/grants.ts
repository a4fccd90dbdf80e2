import { createHash, randomBytes } from 'node:crypto';

export interface TwinClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  /** Exist's internal name of the client, as attributes show it. */
  readonly service: string;
  readonly label: string;
}

/** What a client may do in the account; lives behind an access token. */
export interface Grant {
  readonly client: TwinClient;
  readonly scopes: ReadonlySet<string>;
  accessToken: string;
  refreshToken: string;
  expiresAt: number;
  accessDead: boolean;
}

export interface TokenJson {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly scope: string;
}

interface Code {
  readonly client: TwinClient;
  readonly redirectUri: string;
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: number;
}

/** Exist's tokens last a year, less a second. */
const TOKEN_LIFE_S = 31_535_999;
const CODE_LIFE_MS = 600_000;

/** Clients, codes and tokens. A refresh kills the access token and the refresh token it replaces. */
export class Grants {
  readonly #now: () => number;
  readonly #seed: number | undefined;
  readonly #clients = new Map<string, TwinClient>();
  readonly #codes = new Map<string, Code>();
  readonly #byAccess = new Map<string, Grant>();
  readonly #byRefresh = new Map<string, Grant>();
  #made = 0;

  constructor(now: () => number, seed: number | undefined) {
    this.#now = now;
    this.#seed = seed;
  }

  register(client: TwinClient): TwinClient {
    this.#clients.set(client.clientId, client);
    return client;
  }

  /** A client that is not known yet comes into being: a second application of the same person. */
  client(clientId: string): TwinClient {
    return (
      this.#clients.get(clientId) ??
      this.register({
        clientId,
        clientSecret: `${clientId}-secret`,
        redirectUris: [],
        service: clientId,
        label: clientId,
      })
    );
  }

  known(clientId: string): TwinClient | undefined {
    return this.#clients.get(clientId);
  }

  code(client: TwinClient, redirectUri: string, scopes: ReadonlySet<string>): string {
    const code = this.#text('code');
    this.#codes.set(code, { client, redirectUri, scopes, expiresAt: this.#now() + CODE_LIFE_MS });
    return code;
  }

  issue(client: TwinClient, scopes: Iterable<string>, expiresInS = TOKEN_LIFE_S): TokenJson {
    const grant: Grant = {
      client,
      scopes: new Set(scopes),
      accessToken: this.#text('access'),
      refreshToken: this.#text('refresh'),
      expiresAt: this.#now() + expiresInS * 1000,
      accessDead: false,
    };
    this.#byAccess.set(grant.accessToken, grant);
    this.#byRefresh.set(grant.refreshToken, grant);
    return {
      access_token: grant.accessToken,
      token_type: 'Bearer',
      expires_in: expiresInS,
      refresh_token: grant.refreshToken,
      scope: [...grant.scopes].join(' '),
    };
  }

  /** A code works once, for its client and its redirect URI. */
  exchange(client: TwinClient, code: string, redirectUri: string): TokenJson | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (known === undefined || known.client !== client || known.redirectUri !== redirectUri) return undefined;
    if (known.expiresAt <= this.#now()) return undefined;
    return this.issue(client, known.scopes);
  }

  refresh(client: TwinClient, refreshToken: string): TokenJson | undefined {
    const old = this.#byRefresh.get(refreshToken);
    if (old === undefined || old.client !== client) return undefined;
    this.#byRefresh.delete(refreshToken);
    this.#byAccess.delete(old.accessToken);
    return this.issue(client, old.scopes);
  }

  alive(accessToken: string): Grant | undefined {
    const grant = this.#byAccess.get(accessToken);
    return grant === undefined || grant.accessDead || grant.expiresAt <= this.#now() ? undefined : grant;
  }

  /** The access token is over, its refresh token still works. */
  expire(accessToken: string): void {
    const grant = this.#byAccess.get(accessToken);
    if (grant !== undefined) grant.accessDead = true;
  }

  /** The person took the client's access away; either token of the pair names it. */
  revoke(token: string): void {
    const grant = this.#byAccess.get(token) ?? this.#byRefresh.get(token);
    if (grant === undefined) return;
    this.#byAccess.delete(grant.accessToken);
    this.#byRefresh.delete(grant.refreshToken);
  }

  #text(kind: string): string {
    this.#made += 1;
    const text =
      this.#seed === undefined
        ? randomBytes(15).toString('hex')
        : createHash('sha256').update(`${this.#seed}:${this.#made}`).digest('hex').slice(0, 30);
    return `twin${kind}${text}`;
  }
}
