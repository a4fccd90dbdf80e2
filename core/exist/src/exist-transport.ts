import { ConfigInvalid, spellings } from '@dayfold/runtime';
import type { Secret, Unanswered } from '@dayfold/runtime';
import type { Dispatcher } from 'undici';
import { distrustOf } from './tls-distrust.ts';
import { ErrorWire } from './wire.ts';

export type Answer = { readonly status: 'body'; readonly body: unknown } | Unanswered;

const MOST_BYTES = 1024 * 1024;
const LONGEST_MESSAGE = 300;
/** Nothing of the request can have arrived. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** One request at a time to the configured origin; every way it can end is a value. Follows no redirect, repeats nothing. */
export class ExistTransport {
  readonly #origin: string;
  readonly #timeoutMs: number;
  readonly #dispatcher: Dispatcher | undefined;

  constructor(url: string, timeoutMs: number, dispatcher: Dispatcher | undefined) {
    this.#origin = originOf(url);
    this.#timeoutMs = timeoutMs;
    this.#dispatcher = dispatcher;
  }

  address(path: string): string {
    return this.#origin + path;
  }

  async get(path: string, token: Secret): Promise<Answer> {
    return await this.#send('GET', path, bearing(token), null, [token.reveal()]);
  }

  async postJson(path: string, token: Secret, body: unknown): Promise<Answer> {
    const headers = { ...bearing(token), 'content-type': 'application/json' };
    // JSON.stringify(1.0) is `1`. Whether Exist refuses whole numbers for decimals and percentages is unknown;
    // no public client writes them otherwise, so plain JSON it is.
    return await this.#send('POST', path, headers, JSON.stringify(body), [token.reveal()]);
  }

  /** Every field may be a secret: codes, tokens, the client's own. */
  async postForm(path: string, fields: Record<string, string>): Promise<Answer> {
    const { grant_type: _public, ...secrets } = fields;
    return await this.#send(
      'POST',
      path,
      { 'content-type': 'application/x-www-form-urlencoded' },
      new URLSearchParams(fields).toString(),
      Object.values(secrets),
    );
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    body: string | null,
    secrets: readonly string[],
  ): Promise<Answer> {
    // Until something is sent, and where nothing ever is, its memory is saved.
    const { request } = await import('undici');
    try {
      const answer = await request(this.#origin + path, {
        method,
        headers: { accept: 'application/json', 'user-agent': 'dayfold', ...headers },
        body,
        signal: AbortSignal.timeout(this.#timeoutMs),
        ...(this.#dispatcher === undefined ? {} : { dispatcher: this.#dispatcher }),
      });
      const text = await bounded(answer.body);
      const outcome = answerOf(answer.statusCode, headersOf(answer.headers), text, 'authorization' in headers);
      return 'message' in outcome ? { ...outcome, message: withoutSecrets(outcome.message, secrets) } : outcome;
    } catch (error) {
      return failureOf(error);
    }
  }
}

/** A server may repeat in its complaint what it was sent, as it was sent; messages are shown and logged. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const clean = secrets
    .filter((secret) => secret !== '')
    .flatMap(spellings)
    .toSorted((one, other) => other.length - one.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
  return clean.length > LONGEST_MESSAGE ? `${clean.slice(0, LONGEST_MESSAGE)}…` : clean;
}

function bearing(token: Secret): { readonly authorization: string } {
  return { authorization: `Bearer ${token.reveal()}` };
}

/** Tokens travel over https, or inside this machine. A name that only begins like an address is another machine. */
function originOf(url: string): string {
  const { protocol, hostname, origin } = new URL(url);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback)) return origin;
  throw new ConfigInvalid(`exist.url: ${protocol}//${hostname} is not https; tokens would travel in the open`);
}

interface AnswerHeaders {
  readonly retryAfter: string | undefined;
  readonly isHtml: boolean;
}

function headersOf(headers: Record<string, string | string[] | undefined>): AnswerHeaders {
  const first = (name: string): string | undefined => [headers[name]].flat()[0];
  return { retryAfter: first('retry-after'), isHtml: first('content-type')?.includes('html') ?? false };
}

function answerOf(
  status: number,
  { retryAfter, isHtml }: AnswerHeaders,
  text: string | undefined,
  hadToken: boolean,
): Answer {
  // A 429 has no body worth reading.
  if (status === 429) return { status: 'limited', retryAfterMs: retryAfterMsOf(retryAfter) };
  if (status >= 500) return { status: 'unclear', message: `Exist answered ${status}` };
  const body = jsonOf(text);
  // Exist answers in JSON. A page is from something in between: its 401 or 403 says nothing of token and scopes.
  if (status >= 400 && (isHtml || (body === undefined && status !== 401)))
    return {
      status: 'unclear',
      message: `something between here and Exist answered ${status} with a page; a proxy or a firewall may be in the way`,
    };
  // Without a token in the request a 401 is about something else, which the body tells.
  if (status === 401 && hadToken) return { status: 'unauthorised' };
  if (status === 403 && hadToken) return { status: 'forbidden' };
  if (status >= 400) return { status: 'rejected', message: `Exist answered ${status}: ${errorText(body)}` };
  if (status >= 300)
    return { status: 'unclear', message: `Exist answered with a redirect (${status}), which is not followed` };
  return body === undefined
    ? { status: 'unclear', message: 'Exist answered something that is not JSON' }
    : { status: 'body', body };
}

function failureOf(error: unknown): Unanswered {
  const { code, name } = error as { code?: string; name?: string };
  if (code !== undefined && NOT_SENT.has(code))
    return { status: 'unreachable', message: `Exist cannot be reached (${code})` };
  const distrust = code === undefined ? undefined : distrustOf(code);
  if (distrust !== undefined) return { status: 'unreachable', message: distrust };
  const what =
    name === 'TimeoutError'
      ? 'Exist did not answer in time'
      : `the connection to Exist broke (${code ?? name ?? 'unknown'})`;
  return { status: 'unclear', message: what };
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function errorText(body: unknown): string {
  const read = ErrorWire.safeParse(body);
  const { detail, error, error_description } = read.success ? read.data : {};
  return [error, error_description, detail].filter(Boolean).join(': ') || 'no reason given';
}

/** Seconds or an HTTP date. */
function retryAfterMsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
