import { Account } from './account.ts';
import type { TwinValue } from './value-rules.ts';
import { Counters } from './counters.ts';
import { Faults } from './faults.ts';
import { Grants } from './grants.ts';
import type { TwinClient } from './grants.ts';

export interface TwinRequest {
  readonly time: number;
  readonly method: string;
  readonly path: string;
  /** `update`, `acquire`, `owned`, `token` … */
  readonly endpoint: string;
  /** What the call carried; empty for reading. */
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** 0: the connection was dropped or left hanging. */
  readonly status: number;
  readonly fault: string | undefined;
}

export interface TwinOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly now?: () => number;
  readonly timezone?: string;
  /** Makes tokens and codes repeatable. */
  readonly seed?: number;
  readonly client?: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly redirectUris: readonly string[];
  };
}

export const DEFAULT_CLIENT = {
  clientId: 'twin-client',
  clientSecret: 'twin-secret',
  redirectUris: ['http://localhost:8373/connect/callback'],
} as const;

/** Everything the twin remembers; it ends with the process. */
export class TwinState {
  readonly now: () => number;
  readonly counters = new Counters();
  readonly faults = new Faults();
  readonly requests: TwinRequest[] = [];
  readonly grants: Grants;
  readonly account: Account;
  readonly client: TwinClient;
  readonly stolenOnAcquire = new Map<string, string>();
  url = '';

  constructor(options: TwinOptions) {
    this.now = options.now ?? Date.now;
    this.account = new Account(options.timezone ?? 'Europe/Berlin', this.now, this.counters);
    this.grants = new Grants(this.now, options.seed);
    this.client = this.grants.register({
      ...DEFAULT_CLIENT,
      ...options.client,
      service: 'dayfold123',
      label: 'Dayfold',
    });
    this.account.labels.set(this.client.service, this.client.label);
  }

  /** What clients wrote; rows that Exist seeded are not in it. */
  values(): Record<string, Record<string, TwinValue>> {
    return Object.fromEntries(
      [...this.account.attributes.values()].map((one) => [one.name, Object.fromEntries(one.written)]),
    );
  }
}
