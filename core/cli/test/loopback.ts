import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The status of one request to the web address; 0 where nobody answers. */
export async function ask(
  port: number,
  method: string,
  path: string,
  body?: { readonly token: string; readonly json: unknown },
): Promise<number> {
  return await new Promise((resolve) => {
    const headers =
      body === undefined ? {} : { authorization: `Bearer ${body.token}`, 'content-type': 'application/json' };
    const call = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    call.on('error', () => resolve(0));
    call.end(body === undefined ? undefined : JSON.stringify(body.json));
  });
}
