import type { getRequestListener } from '@hono/node-server';
import type { Engine, InboundRoutes, Service } from '@dayfold/runtime';
import { ConfigInvalid } from '@dayfold/runtime';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { PART_MISSING, isPartMissing } from './missing-part.ts';
import type { WebLog, WebState } from './public-api.ts';

/** Of `sockaddr_un`, without its closing zero. */
const LONGEST_SOCKET_BYTES = process.platform === 'linux' ? 107 : 103;

/** A request must be here whole by then; an answer may take longer. */
const REQUEST_MS = 30_000;
const HEADERS_MS = 15_000;
const CHECK_MS = 5000;
/** For the answers in hand at the stop. */
const LAST_ANSWERS_MS = 1000;
const MOST_HEADER_BYTES = 16 * 1024;
/** Each costs a descriptor, which the store and the sources need as well; a home has few who ask. */
const MOST_CONNECTIONS = 256;

export interface WebOptions {
  readonly host: string;
  readonly port: number;
  /** Further names by which requests may call this machine. */
  readonly names: readonly string[];
  /** Path of the socket that the other commands talk to. */
  readonly socket: string;
}

/** Serves the web address and the control socket. */
export class WebServer implements Service {
  readonly name = 'web';
  readonly #engine: Engine;
  readonly #inbound: InboundRoutes;
  readonly #options: WebOptions;
  readonly #log: WebLog;
  readonly #servers: Server[] = [];
  #state: WebState = 'starting';

  constructor(engine: Engine, inbound: InboundRoutes, options: WebOptions, log: WebLog) {
    this.#engine = engine;
    this.#inbound = inbound;
    this.#options = options;
    this.#log = log;
  }

  /** From now on `/readyz` says so; what stops becomes ready no more. */
  mark(state: 'ready' | 'stopping'): void {
    if (this.#state !== 'stopping') this.#state = state;
  }

  /** Where it listens; with port 0 the system chose one. */
  get address(): string {
    const { host, port } = this.#options;
    const bound = this.#servers.at(-1)?.address() as AddressInfo | string | null | undefined;
    const chosen = typeof bound === 'object' && bound !== null ? bound.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host}:${chosen}`;
  }

  async start(): Promise<void> {
    const { host, port, names, socket } = this.#options;
    checkLength(socket);
    // Whoever starts holds the data folder: what a killed daemon left there listens to nobody.
    await rm(socket, { force: true });
    const control = serverOf(this.#log, async () => (await import('./control-api.ts')).controlApi(this.#engine));
    await listening(control, (server) => listenPrivately(server, socket), `the socket ${socket}`);
    this.#servers.push(control);
    const web = serverOf(this.#log, async () =>
      (await import('./public-api.ts')).publicApi({
        engine: this.#engine,
        inbound: this.#inbound,
        state: () => this.#state,
        names: [host, ...names],
        log: this.#log,
      }),
    );
    await listening(web, (server) => server.listen(port, host), `${host}:${port}`);
    this.#servers.push(web);
  }

  /** Takes nothing new; what is being answered has a moment to end. */
  async stop(): Promise<void> {
    this.#state = 'stopping';
    await Promise.all(this.#servers.splice(0).map(async (server) => await closed(server)));
    await rm(this.#options.socket, { force: true });
  }
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
    server.close(() => {
      clearTimeout(limit);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Binding makes the file, within this call: there is no moment at which others may use it. */
function listenPrivately(server: Server, socket: string): void {
  const umask = process.umask(0o177);
  try {
    server.listen(socket);
  } finally {
    process.umask(umask);
  }
}

function checkLength(socket: string): void {
  const bytes = Buffer.byteLength(socket);
  if (process.platform === 'win32' || bytes <= LONGEST_SOCKET_BYTES) return;
  throw new ConfigInvalid(
    `the data folder lies too deep: ${socket} has ${bytes} bytes, and the name of a socket at most ${LONGEST_SOCKET_BYTES}; name a shorter folder with --data`,
  );
}

interface Api {
  readonly fetch: (request: Request, env: object) => Response | Promise<Response>;
}

type Listener = ReturnType<typeof getRequestListener>;

/** What answers is loaded with the first request: it and fetch's classes below it hold 10 MB, and many a daemon is never asked. */
function serverOf(log: WebLog, openApi: () => Promise<Api>): Server {
  let listener: Promise<Listener> | undefined;
  const server = createServer(
    {
      requestTimeout: REQUEST_MS,
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: CHECK_MS,
      maxHeaderSize: MOST_HEADER_BYTES,
    },
    (request, response) =>
      void (listener ??= listenerOf(openApi)).then(
        (answer) => answer(request, response),
        (error: Error) => {
          const told = isPartMissing(error) ? PART_MISSING : `${error.message}; start dayfold again`;
          log.error(`web: ${told}`);
          response.writeHead(500).end(`${told}\n`);
        },
      ),
  );
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

async function listenerOf(openApi: () => Promise<Api>): Promise<Listener> {
  const [node, api] = await Promise.all([import('@hono/node-server'), openApi()]);
  return node.getRequestListener((request, env) => api.fetch(request, env));
}

function listening(server: Server, listen: (server: Server) => void, where: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE' ? 'the address is in use; choose another with "web: { port: … }"' : error.message;
      reject(new ConfigInvalid(`cannot listen on ${where}: ${reason}`, { cause: error }));
    });
    listen(server);
  });
}
