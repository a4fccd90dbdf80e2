import { ConfigInvalid, NotReady } from '@dayfold/sdk';
import { Aedes } from 'aedes';
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, isIPv4 } from 'node:net';
import type { Socket } from 'node:net';
import { limitMemory, mayKeep } from './broker-memory.ts';
import { GuardedSocket } from './guarded-socket.ts';
import type { MqttOptions } from './options.ts';

/** More than a home has devices; each costs memory before it has said who it is. */
const MOST_CONNECTIONS = 200;
const LARGEST_PACKET = 1024 * 1024;
/** Who says nothing gives the place to others. */
const CONNECT_MS = 10_000;

export type BrokerOptions = NonNullable<MqttOptions['broker']>;

export interface HostedBroker {
  /** Ends every connection and frees the port. */
  readonly close: () => Promise<void>;
}

/** A broker for homes that have none. Sessions and retained messages live in memory, within bounds. */
export async function hostBroker(options: BrokerOptions): Promise<HostedBroker> {
  const { host, port, user, password } = options;
  if (!isLoopback(host) && (user === undefined || password === undefined)) {
    throw new ConfigInvalid(`broker.host: ${host} can be reached from outside; set broker.user and broker.password`);
  }
  const aedes = await Aedes.createBroker({
    connectTimeout: CONNECT_MS,
    authorizeSubscribe: ({ id }, subscription, done) => {
      mayKeep(persistence, id, subscription.topic).then(
        (isKept) => done(null, isKept ? subscription : null),
        (error: Error) => done(error),
      );
    },
    authenticate: (_client, givenUser, givenPassword, done) => {
      const isFree = user === undefined && password === undefined;
      const isKnown = isSame(givenUser ?? '', user ?? '') && isSame(givenPassword?.toString() ?? '', password ?? '');
      if (isFree || isKnown) done(null, true);
      else done(Object.assign(new Error('wrong user or password'), { returnCode: 4 as const }), false);
    },
  });
  const persistence = limitMemory(aedes);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(new GuardedSocket(socket, LARGEST_PACKET));
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    aedes.close();
    throw new NotReady(`the hosted broker cannot listen on ${host}:${port}: ${reasonOf(error)}`, { cause: error });
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
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return 'another program uses the port, maybe another broker; connect to that with "url", or choose another broker.port';
  if (code === 'EACCES') return 'the system reserves this port; choose one above 1023';
  if (code === 'EADDRNOTAVAIL') return 'this machine does not have the address; change broker.host';
  return message;
}

/** In a time that does not tell how much of it was right. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
