import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { FaultKind } from './faults.ts';

export interface Answer {
  readonly status: number;
  /** Undefined: an empty body. */
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const HTML_HEADERS = { 'content-type': 'text/html' };

/** Faults that strike before anything is applied; undefined lets the request through. */
export async function spoiledBefore(kind: FaultKind | undefined, env: HttpBindings): Promise<Response | undefined> {
  switch (kind) {
    case 'html502':
      return new Response('<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>', {
        status: 502,
        headers: HTML_HEADERS,
      });
    case '500':
      return Response.json({ detail: 'A server error occurred.' }, { status: 500 });
    case '429':
      return new Response(null, { status: 429 });
    case '429-retry-after':
      return new Response(null, { status: 429, headers: { 'retry-after': '60' } });
    case '401':
      return Response.json({ detail: 'Invalid token' }, { status: 401 });
    case '403':
      return Response.json({ detail: 'You do not have permission to perform this action.' }, { status: 403 });
    case '400':
      return Response.json({ error: 'Malformed request' }, { status: 400 });
    case 'drop-before':
      return dropped(env);
    case 'hang':
      // Ends when the caller gives up or the twin closes.
      await new Promise((resolve) => env.outgoing.once('close', resolve));
      return RESPONSE_ALREADY_SENT;
    default:
      return undefined;
  }
}

/** What leaves the twin once the request has been applied. */
export function sent(answer: Answer, kind: FaultKind | undefined, env: HttpBindings): Response {
  const { status, headers } = answer;
  const text = answer.json === undefined ? '' : JSON.stringify(answer.json);
  switch (kind) {
    case 'html504AfterApply':
      return new Response('<html><body><h1>504 Gateway Time-out</h1><hr>nginx</body></html>', {
        status: 504,
        headers: HTML_HEADERS,
      });
    case 'drop-after-apply':
      return dropped(env);
    case 'wrong-json':
      return Response.json({ ok: true }, { status });
    case 'truncated':
      return new Response(text.slice(0, text.length / 2), { status, headers: { 'content-type': 'application/json' } });
    case 'slow':
      // Half the body at once; the rest never comes.
      env.outgoing.writeHead(status, { 'content-type': 'application/json' });
      env.outgoing.write(text.slice(0, text.length / 2));
      return RESPONSE_ALREADY_SENT;
    default:
      return new Response(text === '' ? null : text, {
        status,
        headers: { ...(text === '' ? {} : { 'content-type': 'application/json' }), ...headers },
      });
  }
}

function dropped(env: HttpBindings): Response {
  env.outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}
