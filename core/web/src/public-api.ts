import type { ConnectReport, Engine, InboundRoutes } from '@dayfold/runtime';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import type { IncomingMessage } from 'node:http';
import { hostNameOf, knownHosts } from './known-host.ts';
import { PART_MISSING, isPartMissing } from './missing-part.ts';
import { STYLE_SOURCE, page } from './page.ts';

const MOST_BODY_BYTES = 1024 * 1024;
/** Seconds after which a sender may try again while the daemon starts or stops. */
const TRY_AGAIN_S = '10';

/** `starting` until every service runs; `stopping` as soon as a signal asked for it. */
export type WebState = 'starting' | 'ready' | 'stopping';

export interface WebLog {
  error(message: string): void;
}

export interface PublicParts {
  readonly engine: Engine;
  readonly inbound: InboundRoutes;
  readonly state: () => WebState;
  /** Names of this machine that requests may use, beside addresses, `localhost` and `.local`. */
  readonly names: readonly string[];
  readonly log: WebLog;
}

/** What anyone who reaches the web address may ask: health, metrics, webhooks and the way back from a login at Exist. */
export function publicApi({ engine, inbound, state, names, log }: PublicParts): Hono {
  const api = new Hono();
  api.onError((error, context) => {
    if (isPartMissing(error)) {
      log.error(`web: ${PART_MISSING}`);
      return context.text(`${PART_MISSING}\n`, 500);
    }
    log.error(`web: ${context.req.method} ${context.req.path}: ${error.message}`);
    return context.text('this failed; the log of dayfold says why\n', 500);
  });
  const isKnown = knownHosts(names);
  api.use(hardened);
  api.use(async (context, next) => {
    await next();
    // The address closes when the answers in hand are given.
    if (state() === 'stopping') context.header('connection', 'close');
  });
  api.use(async (context, next) => {
    // A request to a proxy names its host in the first line too.
    const hosts = [context.req.header('host'), new URL(context.req.url).host];
    const isStrange = (host: string | undefined): boolean => !isKnown(host);
    if (hosts.some(isStrange)) return strangeHost(context, hosts.find(isStrange));
    const isWebhook = context.req.path.startsWith('/in/');
    if (isWebhook || context.req.method === 'GET' || context.req.method === 'HEAD') return await next();
    return context.text('expected GET\n', 405, { allow: 'GET, HEAD' });
  });
  api.get('/healthz', (context) => context.text('ok\n'));
  api.get('/readyz', (context) => context.text(`${state()}\n`, state() === 'ready' ? 200 : 503));
  api.get('/metrics', async (context) => {
    const { metricsOf } = await import('./metrics.ts');
    const { text, contentType } = await metricsOf(engine);
    return context.text(text, 200, { 'content-type': contentType });
  });
  api.get('/connect/callback', async (context) => {
    // The address holds a code.
    context.header('cache-control', 'no-store');
    try {
      return context.html(page('Connected', connectedText(await engine.connectFinish(undefined, context.req.url))));
    } catch (error) {
      return context.html(page('Not connected', (error as Error).message), 400);
    }
  });
  const limit = bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (context) => context.text('more than 1 MB\n', 413) });
  api.all('/in/:name', limit, async (context) => await inboundAnswer(context, inbound, state()));
  api.get('/', (context) =>
    context.text('dayfold is running. Ask it with "dayfold status"; health is at /healthz, metrics at /metrics.\n'),
  );
  api.notFound((context) => context.text('there is nothing here\n', 404));
  return api;
}

/** What the next sync takes over is shown before it does. */
function connectedText({ username, takeovers, unseen }: ConnectReport): string {
  const taken = takeovers.map(({ attribute, service }) => `${attribute} (now filled by ${service})`);
  return [
    `dayfold is connected to Exist${username === undefined ? '' : ` as ${username}`}.`,
    ...(taken.length === 0 ? [] : [`The next sync takes over from other services: ${taken.join(', ')}.`]),
    ...(unseen.length === 0 ? [] : [`It also acquires, whichever service fills them now: ${unseen.join(', ')}.`]),
    ...(taken.length + unseen.length === 0 ? [] : ['Remove an attribute from dayfold.yaml to leave it where it is.']),
    'You can close this page.',
  ].join(' ');
}

const hardened = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: [STYLE_SOURCE],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  // Whether https holds for a name is not ours to say.
  strictTransportSecurity: false,
});

function strangeHost(context: Context, host: string | undefined): Response {
  const name = hostNameOf(host);
  const hint =
    name === undefined
      ? 'the request names no host'
      : `it is not known here as ${name}; if it should be, add "web: { names: [${name}] }" to dayfold.yaml`;
  return context.text(`This is dayfold: ${hint}\n`, 421);
}

/** What the server hands over beside a request. */
interface Connection {
  readonly incoming?: IncomingMessage;
}

async function inboundAnswer(context: Context, inbound: InboundRoutes, state: WebState): Promise<Response> {
  const answer = inbound.answerOf(context.req.param('name') ?? '');
  if (answer === undefined) {
    // Its source may be about to come, or have just left: the sender must not give up on it.
    if (state !== 'ready') return context.text(`${state}\n`, 503, { 'retry-after': TRY_AGAIN_S });
    return context.text('no such webhook\n', 404);
  }
  const from = (context.env as Connection | undefined)?.incoming?.socket.remoteAddress;
  const result = await answer({
    ...(from === undefined ? {} : { from }),
    method: context.req.method,
    headers: Object.fromEntries(context.req.raw.headers),
    query: context.req.query(),
    body: await context.req.text(),
  });
  return context.body(result.body ?? '', result.status as 200, { ...result.headers });
}
