import { LoginRequired, NotReady } from '@dayfold/sdk';
import type { Clock, Http, HttpRequest, HttpResponse } from '@dayfold/sdk';
import { parseJson } from '@dayfold/sdk/picking';
import type { HttpOptions } from './options.ts';

/** A server that asks for more patience than this is taken by its word for a day. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** What a server needs to tell "nothing new" by. */
export interface Validators {
  readonly etag?: string;
  readonly modified?: string;
}

/** One request as the options describe it; resolves for success and 304, throws what steers the source otherwise. */
export async function ask(
  url: string,
  options: HttpOptions,
  validators: Validators,
  services: { readonly http: Http; readonly clock: Clock },
  signal: AbortSignal,
): Promise<HttpResponse> {
  const answer = await services.http.request(url, requestOf(options, validators, signal));
  const { host } = new URL(url);
  const { status } = answer;
  if (status === 304 || (status >= 200 && status < 300)) return answer;
  const shown = `${host} answered ${status}${answer.body === '' ? '' : `: ${beginningOf(answer.body)}`}`;
  if (status === 401 || status === 403) throw new LoginRequired(`${shown}; check "auth" and "headers"`);
  const retryAfterMs = retryAfterOf(answer.headers['retry-after'], services.clock.now());
  throw new NotReady(shown, retryAfterMs === undefined ? {} : { retryAfterMs });
}

export function jsonOf(answer: HttpResponse): unknown {
  if (answer.body.trim() === '') return undefined;
  try {
    return parseJson(answer.body);
  } catch (error) {
    const what = error instanceof SyntaxError ? 'something that is not JSON' : (error as Error).message;
    throw new NotReady(`${new URL(answer.url).host} answered with ${what}: ${beginningOf(answer.body)}`, {
      cause: error,
    });
  }
}

/** Seconds or an HTTP date. */
export function retryAfterOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}

function requestOf(options: HttpOptions, { etag, modified }: Validators, signal: AbortSignal): HttpRequest {
  const { auth, body } = options;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (typeof body === 'object') headers['content-type'] = 'application/json';
  if (auth !== undefined) {
    headers['authorization'] =
      'bearer' in auth
        ? `Bearer ${auth.bearer}`
        : `Basic ${Buffer.from(`${auth.user}:${auth.password}`).toString('base64')}`;
  }
  if (etag !== undefined) headers['if-none-match'] = etag;
  if (modified !== undefined) headers['if-modified-since'] = modified;
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  return {
    method: options.method,
    headers,
    allowPrivate: options.allow_private,
    signal,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    ...(options.max_size === undefined ? {} : { maxBytes: options.max_size }),
  };
}

function beginningOf(body: string): string {
  return body.replaceAll(/\s+/g, ' ').trim().slice(0, 80);
}
