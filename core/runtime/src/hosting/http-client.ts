import { ConfigInvalid, NotReady } from '@dayfold/sdk';
import type { Http, HttpRequest, HttpResponse } from '@dayfold/sdk';
import type { Dispatcher } from 'undici';
import { boundedBody } from './bounded-body.ts';
import { checkedAddresses, checkedUrl, systemResolver } from './checked-address.ts';
import type { Address, Reach, Resolver } from './checked-address.ts';
import { faultOf } from './plugin-fault.ts';
import { redirected } from './redirect.ts';
import type { Exchange } from './redirect.ts';

const MOST_REDIRECTS = 3;
const TIMEOUT_MS = 30_000;
const MOST_BYTES = 10 * 1024 * 1024;

/** Gives a dispatcher that reaches these addresses and no others; it is used for one request. */
export type Connector = (addresses: readonly Address[]) => Dispatcher | Promise<Dispatcher>;

/** HTTP for sources: checks each address it connects to, follows few redirects, reads bounded bodies. */
export class GuardedHttp implements Http {
  readonly #resolve: Resolver;
  readonly #connectTo: Connector;

  constructor(resolve: Resolver = systemResolver, connectTo: Connector = agentTo) {
    this.#resolve = resolve;
    this.#connectTo = connectTo;
  }

  async request(url: string, request: HttpRequest = {}): Promise<HttpResponse> {
    const deadline = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    const first: Exchange = {
      url: checkedUrl(url),
      method: request.method ?? 'GET',
      headers: { 'user-agent': 'dayfold', 'accept-encoding': 'identity', ...lowerCased(request.headers) },
      body: request.body,
    };
    const reach = {
      allowPrivate: request.allowPrivate === true,
      remedy: 'set "allow_private: true" if this device is meant',
    };
    const answer = await this.#once(first, reach, request, signal);
    try {
      return await this.#follow(first, answer, request, signal);
    } catch (error) {
      // The other side may lead elsewhere for a while, as the login page of a hotel does: that is not ours to correct.
      if (faultOf(error).code !== 'plugin.config_invalid') throw error;
      throw new NotReady(`${first.url.host} redirected: ${faultOf(error).message}`, { cause: error });
    }
  }

  async #follow(
    first: Exchange,
    answered: HttpResponse,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    let [exchange, answer] = [first, answered];
    for (let redirects = 0; ; redirects += 1) {
      const next = redirected(exchange, answer.status, answer.headers['location']);
      if (next === undefined) return answer;
      if (redirects === MOST_REDIRECTS)
        throw new NotReady(`${exchange.url.host} redirected more than ${MOST_REDIRECTS} times`);
      exchange = next;
      // What is allowed is the one device: it must not choose what else of the home network is asked, or this machine.
      const allowPrivate = request.allowPrivate === true && next.url.hostname === first.url.hostname;
      const remedy = 'name that address in "url", with "allow_private: true", if it is meant';
      answer = await this.#once(exchange, { allowPrivate, remedy }, request, signal);
    }
  }

  async #once(
    { url, method, headers, body }: Exchange,
    reach: Reach,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    let dispatcher: Dispatcher | undefined;
    try {
      // Connecting to the very addresses that were checked leaves no room for a second, different DNS answer.
      dispatcher = await this.#connectTo(await checkedAddresses(url, reach, this.#resolve, signal));
      const { request: send } = await import('undici');
      const answer = await send(url, { method, headers, body: body ?? null, signal, dispatcher });
      const answered = flat(answer.headers);
      return {
        status: answer.statusCode,
        url: url.href,
        headers: answered,
        body: await boundedBody(answer.body, answered['content-encoding'], request.maxBytes ?? MOST_BYTES, url.host),
      };
    } catch (error) {
      if (request.signal?.aborted === true) throw error;
      throw told(error, url, signal);
    } finally {
      dispatcher?.destroy().catch(() => undefined);
    }
  }
}

async function agentTo(addresses: readonly Address[]): Promise<Dispatcher> {
  // Most homes have no source that asks over HTTP.
  const { Agent } = await import('undici');
  return new Agent({
    connect: {
      lookup: (_host, options, callback) => {
        const first = addresses[0] as Address;
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
    },
  });
}

function told(error: unknown, { host }: URL, signal: AbortSignal): unknown {
  const { code, message } = faultOf(error);
  if (code?.startsWith('plugin.') === true) return error;
  if (code === 'UND_ERR_INVALID_ARG') return new ConfigInvalid(`${host} cannot be asked: ${message}`, { cause: error });
  return new NotReady(`${host} gave no answer: ${signal.aborted ? 'timed out' : (code ?? message)}`, { cause: error });
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

function lowerCased(headers: HttpRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
