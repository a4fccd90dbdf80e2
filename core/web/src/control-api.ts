import type { DaysFilter, Engine, LocalDay } from '@dayfold/runtime';
import { Hono } from 'hono';
import { z } from 'zod';

const Account = z.strictObject({ account: z.string().optional() });
const Attribute = z.strictObject({ attribute: z.string() });

/** The HTTP API behind the commands; it is served on the socket in the data folder, whose file mode is its guard. */
export function controlApi(engine: Engine): Hono {
  const api = new Hono();
  api.onError((error, context) => context.json({ error: error.message, code: (error as { code?: string }).code }, 400));
  api.get('/api/alive', (context) => context.json({ alive: true }));
  api.get('/api/status', async (context) => context.json(await engine.status()));
  api.get('/api/days', async (context) => context.json(await engine.days(context.req.query() as DaysFilter)));
  api.get('/api/explain/:attribute/:date', async (context) =>
    context.json(await engine.explain(context.req.param('attribute'), context.req.param('date') as LocalDay)),
  );
  api.get('/api/plan', async (context) => context.json(await engine.plan(context.req.query('account'))));
  api.post('/api/sync', async (context) =>
    context.json(await engine.sync(Account.parse(await context.req.json()).account)),
  );
  api.post('/api/release', async (context) =>
    context.json(await engine.release(Attribute.parse(await context.req.json()).attribute)),
  );
  api.post('/api/take-back', async (context) =>
    context.json(await engine.takeBack(Attribute.parse(await context.req.json()).attribute)),
  );
  api.post('/api/connect/begin', async (context) =>
    context.json(
      await engine.connectBegin(z.strictObject({ account: z.string() }).parse(await context.req.json()).account),
    ),
  );
  api.post('/api/connect/finish', async (context) => {
    const { account, answer } = z
      .strictObject({ account: z.string().optional(), answer: z.string() })
      .parse(await context.req.json());
    return context.json(await engine.connectFinish(account, answer));
  });
  api.post('/api/connect/token', async (context) => {
    const { account, text } = z.strictObject({ account: z.string(), text: z.string() }).parse(await context.req.json());
    return context.json(await engine.connectToken(account, text));
  });
  api.post('/api/disconnect', async (context) =>
    context.json(
      await engine.disconnect(z.strictObject({ account: z.string() }).parse(await context.req.json()).account),
    ),
  );
  return api;
}
