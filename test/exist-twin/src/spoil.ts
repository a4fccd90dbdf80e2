import type { ServerResponse } from 'node:http';
import type { FaultKind } from './faults.ts';
import type { Reply } from './reply.ts';

type Lists = { success: Record<string, unknown>[]; failed: Record<string, unknown>[] };

const NGINX =
  '<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway Time-out</h1></center></body></html>';
const HTML = { 'content-type': 'text/html' };

/** Answers a request, or spoils the answer. `apply` does what the request asks; some faults strike before, some after. */
export async function spoil(fault: FaultKind | undefined, response: ServerResponse, apply: () => Reply): Promise<void> {
  switch (fault) {
    case undefined:
      return send(response, apply());
    case 'drop-before':
      response.destroy();
      return;
    case 'drop-after-apply':
      apply();
      response.destroy();
      return;
    case 'html504AfterApply':
      apply();
      return send(response, { status: 504, body: NGINX, headers: HTML });
    case 'html502':
      return send(response, {
        status: 502,
        body: NGINX.replaceAll('504 Gateway Time-out', '502 Bad Gateway'),
        headers: HTML,
      });
    case '500':
      return send(response, { status: 500, body: { detail: 'Server error' } });
    case '429':
      return send(response, { status: 429 });
    case '429-retry-after':
      return send(response, { status: 429, headers: { 'retry-after': '120' } });
    case '401':
      return send(response, { status: 401, body: { detail: 'Invalid token' } });
    case '403':
      return send(response, { status: 403, body: { detail: 'No permission' } });
    case 'html403':
      return send(response, {
        status: 403,
        body: NGINX.replaceAll('504 Gateway Time-out', '403 Forbidden'),
        headers: HTML,
      });
    case '400':
      return send(response, { status: 400, body: { error: 'Malformed request' } });
    case 'hang-before':
      return;
    case 'hang':
      // Applied, and never answered.
      apply();
      return;
    case 'slow': {
      const text = JSON.stringify(apply().body);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(text.slice(0, 1));
      return;
    }
    case 'wrong-json':
      apply();
      return send(response, { status: 200, body: { success: 'yes' } });
    case 'truncated': {
      const text = JSON.stringify(apply().body);
      return send(response, {
        status: 200,
        body: text.slice(0, text.length / 2),
        headers: { 'content-type': 'application/json' },
      });
    }
    default:
      return send(response, changed(fault, apply()));
  }
}

/** Answers that are whole but inconvenient. */
function changed(fault: FaultKind, reply: Reply): Reply {
  const lists = reply.body as Lists;
  if (!Array.isArray(lists.success)) return reply;
  const [first, ...others] = lists.success;
  switch (fault) {
    case '202-mixed':
      return first === undefined
        ? reply
        : {
            status: 202,
            body: {
              success: others,
              failed: [...lists.failed, { ...first, error_code: 'validation', error: 'refused on demand' }],
            },
          };
    case 'omit-item':
      return { ...reply, body: { ...lists, success: others } };
    case 'permuted':
      return { ...reply, body: { success: lists.success.toReversed(), failed: lists.failed.toReversed() } };
    case 'title-for-name':
      return {
        ...reply,
        body: { ...lists, failed: lists.failed.map(({ name, ...rest }) => ({ ...rest, title: name })) },
      };
    default:
      return reply;
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  const isText = typeof body === 'string';
  response.writeHead(status, {
    ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }),
    ...headers,
  });
  response.end(body === undefined ? undefined : isText ? body : JSON.stringify(body));
}
