import { ConfigInvalid, NotReady } from '@dayfold/sdk';
import type { Http, HttpRequest, HttpResponse } from '@dayfold/sdk';
import ipaddr from 'ipaddr.js';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Agent, request as send } from 'undici';

const MOST_REDIRECTS = 3;
const CREDENTIALS = new Set(['authorization', 'cookie', 'proxy-authorization', 'x-api-key', 'x-auth-token', 'x-token']);

/** HTTP for sources: checks each address it connects to, follows few redirects, reads bounded bodies. */
export class GuardedHttp implements Http {
  async request(url: string, request: HttpRequest = {}): Promise<HttpResponse> {
    const deadline = AbortSignal.timeout(request.timeoutMs ?? 30_000);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    let target = parsed(url);
    let { method = 'GET', body } = request;
    let headers: Record<string, string> = {
      'user-agent': 'dayfold',
      'accept-encoding': 'identity',
      ...request.headers,
    };
    for (let redirects = 0; ; redirects += 1) {
      const answer = await this.#once(target, method, headers, body, request, signal);
      const location = answer.headers['location'];
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
      if (redirects === MOST_REDIRECTS)
        throw new NotReady(`${target.host} redirected more than ${MOST_REDIRECTS} times`);
      const next = parsed(new URL(location, target).href);
      if (next.origin !== target.origin) headers = withoutCredentials(headers);
      if (answer.status <= 303) [method, body] = ['GET', undefined];
      target = next;
    }
  }

  async #once(
    target: URL,
    method: 'GET' | 'POST',
    headers: Record<string, string>,
    body: string | undefined,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const addresses = await addressesOf(target, request.allowPrivate === true);
    // Connecting to the very addresses that were checked leaves no room for a second, different DNS answer.
    const agent = new Agent({
      connect: {
        lookup: (_host, options, callback) => {
          const first = addresses[0] as { address: string; family: number };
          if (options.all === true) callback(null, addresses as never);
          else callback(null, first.address as never, first.family);
        },
      },
    });
    try {
      const answer = await send(target, { method, headers, body: body ?? null, signal, dispatcher: agent });
      return {
        status: answer.statusCode,
        url: target.href,
        headers: flat(answer.headers),
        body: await bounded(answer.body, request.maxBytes ?? 10 * 1024 * 1024, target.host),
      };
    } catch (error) {
      if (error instanceof NotReady || error instanceof ConfigInvalid) throw error;
      if (request.signal?.aborted === true) throw error;
      throw new NotReady(`${target.host} gave no answer: ${signal.aborted ? 'timed out' : messageOf(error)}`, {
        cause: error,
      });
    } finally {
      agent.destroy().catch(() => undefined);
    }
  }
}

function parsed(text: string): URL {
  if (!URL.canParse(text)) throw new ConfigInvalid(`"${text}" is not a URL`);
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ConfigInvalid(`only http and https can be asked, not ${url.protocol}`);
  if (url.username !== '' || url.password !== '') {
    throw new ConfigInvalid(`${url.host}: put user and password into "auth", not into the URL`);
  }
  return url;
}

async function addressesOf(url: URL, allowPrivate: boolean): Promise<readonly { address: string; family: number }[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const literal = isIP(host);
  let addresses: readonly { address: string; family: number }[];
  try {
    addresses = literal === 0 ? await lookup(host, { all: true }) : [{ address: host, family: literal }];
  } catch (error) {
    throw new NotReady(`the name ${host} cannot be resolved`, { cause: error });
  }
  if (allowPrivate) return addresses;
  const forbidden = addresses.find(({ address }) => ipaddr.process(address).range() !== 'unicast');
  if (forbidden !== undefined) {
    throw new ConfigInvalid(
      `${host} is in a private network (${forbidden.address}); set "allow_private: true" if this device is meant`,
    );
  }
  return addresses;
}

async function bounded(body: AsyncIterable<Uint8Array>, maxBytes: number, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new NotReady(`${host} answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function withoutCredentials(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
}

function messageOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}
