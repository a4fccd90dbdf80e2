import type { Engine, InboundRoutes } from '@dayfold/runtime';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { metricsOf } from './metrics.ts';

const MOST_BODY_BYTES = 1024 * 1024;

/** What anyone who reaches the web address may ask: health, metrics, webhooks and the way back from a login at Exist. */
export function publicApi(engine: Engine, inbound: InboundRoutes, isReady: () => boolean): Hono {
  const api = new Hono();
  api.onError((error, context) => context.text(`${error.message}\n`, 500));
  api.get('/healthz', (context) => context.text('ok\n'));
  api.get('/readyz', (context) => (isReady() ? context.text('ready\n') : context.text('starting\n', 503)));
  api.get('/metrics', async (context) => {
    const { text, contentType } = await metricsOf(engine);
    return context.text(text, 200, { 'content-type': contentType });
  });
  api.get('/connect/callback', async (context) => {
    try {
      const report = await engine.connectFinish(undefined, context.req.url);
      return context.html(
        page(
          'Connected',
          `dayfold is connected to Exist${report.username === undefined ? '' : ` as ${report.username}`}. You can close this page.`,
        ),
      );
    } catch (error) {
      return context.html(page('Not connected', (error as Error).message), 400);
    }
  });
  const limit = bodyLimit({ maxSize: MOST_BODY_BYTES, onError: (context) => context.text('more than 1 MB\n', 413) });
  api.all('/in/:name', limit, async (context) => await inboundAnswer(context, inbound));
  api.get('/', (context) =>
    context.text('dayfold is running. Ask it with "dayfold status"; health is at /healthz, metrics at /metrics.\n'),
  );
  return api;
}

async function inboundAnswer(context: Context, inbound: InboundRoutes): Promise<Response> {
  const answer = inbound.answerOf(context.req.param('name') ?? '');
  if (answer === undefined) return context.text('no such webhook\n', 404);
  const result = await answer({
    method: context.req.method,
    headers: Object.fromEntries(context.req.raw.headers),
    query: context.req.query(),
    body: await context.req.text(),
  });
  return new Response(result.body ?? '', { status: result.status, headers: { ...result.headers } });
}

function page(title: string, text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>dayfold: ${title}</title><body style="font-family:sans-serif;max-width:40em;margin:4em auto"><h1>${title}</h1><p>${escaped}</p></body></html>`;
}
