import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that turns everybody away and repeats all it was sent: the worst that a complaint can say. */
export interface EchoServer extends AsyncDisposable {
  readonly port: number;
  /** What it was sent, as one text. */
  readonly seen: () => string;
}

export async function startEchoServer(): Promise<EchoServer> {
  let seen = '';
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const sent = `${request.url ?? ''} ${JSON.stringify(request.headers)} ${Buffer.concat(chunks).toString()}`;
      seen += `${sent}\n`;
      const detail = `${request.headers.authorization ?? ''} ${sent}`;
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ detail, error: 'invalid_request', error_description: detail }));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen: () => seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
