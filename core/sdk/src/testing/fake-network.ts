import { ConfigInvalid } from '../errors.ts';
import type { Http, HttpRequest, HttpResponse, Inbound, InboundRequest, InboundResponse } from '../services.ts';

export type HttpHandler = (url: string, request: HttpRequest) => Partial<HttpResponse> | Promise<Partial<HttpResponse>>;

/** Answers requests by the handler of the test, and remembers them. */
export class FakeHttp implements Http {
  readonly requests: { readonly url: string; readonly request: HttpRequest }[] = [];
  handler: HttpHandler;

  constructor(handler: HttpHandler = () => ({ status: 404 })) {
    this.handler = handler;
  }

  async request(url: string, request: HttpRequest = {}): Promise<HttpResponse> {
    this.requests.push({ url, request });
    return { status: 200, url, headers: {}, body: '', ...(await this.handler(url, request)) };
  }
}

/** What others would push under `/in/NAME`. */
export class FakeInbound implements Inbound {
  readonly #answers = new Map<string, (request: InboundRequest) => Promise<InboundResponse>>();

  listen(name: string, signal: AbortSignal, answer: (request: InboundRequest) => Promise<InboundResponse>): void {
    if (this.#answers.has(name)) throw new ConfigInvalid(`another source listens on /in/${name}`);
    this.#answers.set(name, answer);
    signal.addEventListener('abort', () => this.#answers.delete(name), { once: true });
  }

  /** 404 when nobody listens. */
  async push(name: string, request: Partial<InboundRequest>): Promise<InboundResponse> {
    const answer = this.#answers.get(name);
    return (await answer?.({ method: 'POST', headers: {}, query: {}, body: '', ...request })) ?? { status: 404 };
  }
}
