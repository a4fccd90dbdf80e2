import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The wished port if nobody listens there on loopback, else any free one. */
export async function freePort(wished: number): Promise<number> {
  return (await portIfFree(wished)) ?? (await portIfFree(0)) ?? wished;
}

async function portIfFree(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
