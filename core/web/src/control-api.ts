import { ConfigInvalid, DayfoldError, isDayName } from '@dayfold/runtime';
import type { DayName, Engine } from '@dayfold/runtime';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { ErrorAnswer } from './remote-error.ts';

const Name = z.string().min(1);
const Day = z.custom<DayName>((value) => typeof value === 'string' && isDayName(value), {
  error: 'expected a date such as 2026-03-29, or today, or yesterday',
});
const Account = z.strictObject({ account: Name });
const AnyAccount = z.strictObject({ account: Name.exactOptional() });
const Attribute = z.strictObject({ attribute: Name });
const Days = z.strictObject({ attribute: Name.exactOptional(), from: Day.exactOptional(), to: Day.exactOptional() });
const Explain = z.strictObject({ attribute: Name, date: Day });
const Finish = z.strictObject({ account: Name.exactOptional(), answer: z.string() });
const TokenText = z.strictObject({ account: Name, text: z.string() });

/** A command sends a name or a login. */
const MOST_BODY_BYTES = 64 * 1024;

/** The HTTP API behind the commands; it is served on the socket in the data folder, whose file mode is its guard. */
export function controlApi(engine: Engine): Hono {
  const api = new Hono();
  api.onError((error, context) => {
    const known = error instanceof z.ZodError ? new ConfigInvalid(z.prettifyError(error)) : error;
    const answer: ErrorAnswer = { error: known.message, code: codeOf(known) };
    return context.json(answer, known instanceof DayfoldError ? 400 : 500);
  });
  api.use(
    bodyLimit({
      maxSize: MOST_BODY_BYTES,
      onError: () => {
        throw new ConfigInvalid('expected less than 64 KB');
      },
    }),
  );
  api.get('/api/alive', (context) => context.json({ alive: true }));
  api.get('/api/status', async (context) => context.json(await engine.status()));
  api.get('/api/days', async (context) => context.json(await engine.days(Days.parse(context.req.query()))));
  api.get('/api/explain/:attribute/:date', async (context) => {
    const { attribute, date } = Explain.parse(context.req.param());
    return context.json(await engine.explain(attribute, date));
  });
  api.get('/api/plan', async (context) =>
    context.json(await engine.plan(AnyAccount.parse(context.req.query()).account)),
  );
  api.post('/api/sync', async (context) => context.json(await engine.sync((await sent(context, AnyAccount)).account)));
  api.post('/api/release', async (context) =>
    context.json(await engine.release((await sent(context, Attribute)).attribute)),
  );
  api.post('/api/take-back', async (context) =>
    context.json(await engine.takeBack((await sent(context, Attribute)).attribute)),
  );
  api.post('/api/connect/begin', async (context) =>
    context.json(await engine.connectBegin((await sent(context, Account)).account)),
  );
  api.post('/api/connect/finish', async (context) => {
    const { account, answer } = await sent(context, Finish);
    return context.json(await engine.connectFinish(account, answer));
  });
  api.post('/api/connect/token', async (context) => {
    const { account, text } = await sent(context, TokenText);
    return context.json(await engine.connectToken(account, text));
  });
  api.post('/api/examine', async (context) =>
    context.json(await engine.examine(z.strictObject({ account: z.string() }).parse(await context.req.json()).account)),
  );
  api.post('/api/disconnect', async (context) =>
    context.json(await engine.disconnect((await sent(context, Account)).account)),
  );
  return api;
}

async function sent<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const text = await context.req.text();
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ConfigInvalid('expected a JSON document', { cause: error });
    throw error;
  }
}

/** What has no code of its own is a mistake in dayfold. */
function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'invariant.broken';
}
