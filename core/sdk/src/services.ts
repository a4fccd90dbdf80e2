import type { Reading } from './reading.ts';

declare const service: unique symbol;

/** Names a service at run time; two copies of this package in one process mean the same service. */
export type ServiceToken<T> = symbol & { readonly [service]?: T };

function serviceToken<T>(name: string): ServiceToken<T> {
  return Symbol.for(`@dayfold/sdk/${name}`);
}

/** Where a source hands over what it observed. */
export interface Readings {
  /**
   * Stores readings. Resolves once they are durable: the moment to acknowledge, to move a cursor, to delete a file.
   * It is the back-pressure too: await it. Rejects when a reading is malformed; then none of the batch is stored.
   *
   * `state` sets keys of this source's `Storage` in the same transaction (a cursor moves exactly with its readings).
   */
  emit(batch: readonly Reading[], state?: Readonly<Record<string, JsonValue>>): Promise<void>;

  /**
   * Makes the readings stored under the name of a table exactly these: new ones are added, missing ones are withdrawn,
   * unchanged ones stay, in one step at the end. Rows without an `id` are told apart by content and by count.
   */
  mirror(table: string, rows: AsyncIterable<readonly Reading[]>): Promise<MirrorResult>;

  /** How many readings handed to `emit` may wait for one common commit; 1 (commit at once) unless set. */
  window(size: number): void;

  /** Receipts of the readings stored last, newest first, as far as they carried one. */
  receipts(limit: number): Promise<readonly number[]>;
}
export const Readings: ServiceToken<Readings> = serviceToken('Readings');

export interface MirrorResult {
  readonly added: number;
  readonly withdrawn: number;
  readonly unchanged: number;
}

/** Lines carry the source's name by themselves. Repeated lines are joined into one with a count. */
export interface Logger {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}
export const Logger: ServiceToken<Logger> = serviceToken('Logger');

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from an arbitrary start, never falling. */
  monotonic(): number;
  /** The user's IANA zone. */
  zone(): string;
  /** Resolves after a delay in milliseconds; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
export const Clock: ServiceToken<Clock> = serviceToken('Clock');

/** Timers that end with the source. A run that is still going when the next is due lets it pass. */
export interface Schedule {
  /** First run at once, then in this interval (milliseconds). */
  every(ms: number, signal: AbortSignal, run: () => unknown): void;
  /** A cron expression in the user's zone. */
  cron(expression: string, signal: AbortSignal, run: () => unknown): void;
}
export const Schedule: ServiceToken<Schedule> = serviceToken('Schedule');

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Small durable key-value memory of this source alone. */
export interface Storage {
  get(key: string): Promise<JsonValue | undefined>;
  set(key: string, value: JsonValue): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<readonly string[]>;
}
export const Storage: ServiceToken<Storage> = serviceToken('Storage');

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Default 30 s for the whole exchange. */
  readonly timeoutMs?: number;
  /** Of the decoded body; default 10 MB. */
  readonly maxBytes?: number;
  /** Lets this request reach loopback and private networks; a redirect may go to the same host only. */
  readonly allowPrivate?: boolean;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** After redirects. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Requests with limits: http and https only, at most 3 redirects; another origin sees neither body nor own headers. */
export interface Http {
  /**
   * Resolves for every status. Throws ConfigInvalid when the URL itself is forbidden, NotReady when there is no answer
   * or when a name or a redirect leads to a forbidden address: that may pass.
   */
  request(url: string, request?: HttpRequest): Promise<HttpResponse>;
}
export const Http: ServiceToken<Http> = serviceToken('Http');

/** What the person sees beside the source's name. */
export interface Health {
  ok(message?: string): void;
  degraded(message: string): void;
  /** Input that did not fit: counted, one sample kept, never a log line each. */
  misfit(reason: string, sample: string): void;
}
export const Health: ServiceToken<Health> = serviceToken('Health');

/** Secrets the configuration holds for this source alone, under its key `secrets:`. */
export interface Secrets {
  /** Undefined for a name that is not there. */
  get(name: string): Promise<string | undefined>;
}
export const Secrets: ServiceToken<Secrets> = serviceToken('Secrets');

/** What another party pushes to the daemon's web address under `/in/NAME`. */
export interface InboundRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: string;
  /** The address it came from, as the connection says: behind a proxy that of the proxy. */
  readonly from?: string;
}
export interface InboundResponse {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Inbound {
  /** Answers requests to `/in/NAME` until the signal aborts. Throws ConfigInvalid when the name is taken. */
  listen(name: string, signal: AbortSignal, answer: (request: InboundRequest) => Promise<InboundResponse>): void;
}
export const Inbound: ServiceToken<Inbound> = serviceToken('Inbound');
