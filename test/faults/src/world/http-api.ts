import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));

export const HTTP_TROUBLES = [
  '500',
  'html',
  'drop',
  'truncated',
  'wrong-type',
  'redirect-loop',
  'bomb',
  '429',
] as const;
export type HttpTrouble = (typeof HTTP_TROUBLES)[number];

/** An API with one document, which answers well or as badly as asked. */
export class HttpApi {
  trouble: HttpTrouble | undefined;
  readonly days = new Map<string, number>();
  polls = 0;
  readonly #server = createServer((_request, response) => this.#answer(response));

  static async open(): Promise<HttpApi> {
    const api = new HttpApi();
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/days`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answer(response: ServerResponse): void {
    this.polls += 1;
    const text = JSON.stringify({ days: [...this.days].map(([date, value]) => ({ date, value })) });
    const json = { 'content-type': 'application/json' };
    switch (this.trouble) {
      case undefined:
        response.writeHead(200, json).end(text);
        return;
      case '500':
        response.writeHead(500, json).end('{"error":"no"}');
        return;
      case '429':
        response.writeHead(429, { 'retry-after': '300' }).end();
        return;
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>log in</body></html>');
        return;
      case 'drop':
        response.destroy();
        return;
      case 'truncated':
        response.writeHead(200, { ...json, 'content-length': String(text.length + 100) });
        response.write(text.slice(0, text.length / 2), () => response.destroy());
        return;
      case 'wrong-type':
        response.writeHead(200, json).end('{"days":"none"}');
        return;
      case 'redirect-loop':
        response.writeHead(302, { location: '/days' }).end();
        return;
      case 'bomb':
        response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(BOMB);
        return;
    }
  }
}
