import { ConfigInvalid, NotReady } from '@dayfold/sdk';
import { Aedes } from 'aedes';
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import type { MqttOptions } from './options.ts';

export type BrokerOptions = NonNullable<MqttOptions['broker']>;

export interface HostedBroker {
  /** Ends every connection and frees the port. */
  readonly close: () => Promise<void>;
}

/** A broker for homes that have none. Sessions and retained messages live in memory. */
export async function hostBroker(options: BrokerOptions): Promise<HostedBroker> {
  const { host, port, user, password } = options;
  if (!isLoopback(host) && (user === undefined || password === undefined)) {
    throw new ConfigInvalid(`broker.host: ${host} can be reached from outside; set broker.user and broker.password`);
  }
  const aedes = await Aedes.createBroker({
    authenticate: (_client, givenUser, givenPassword, done) => {
      const isFree = user === undefined && password === undefined;
      const isKnown = isSame(givenUser ?? '', user ?? '') && isSame(givenPassword?.toString() ?? '', password ?? '');
      if (isFree || isKnown) done(null, true);
      else done(Object.assign(new Error('wrong user or password'), { returnCode: 4 as const }), false);
    },
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    aedes.close();
    throw new NotReady(`the hosted broker cannot listen on ${host}:${port}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    close: async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** In a time that does not tell how much of it was right. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
