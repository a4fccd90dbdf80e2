import { Hono } from 'hono';
import { z } from 'zod';
import { FAULT_KINDS } from './faults.ts';
import type { TwinState } from './state.ts';
import { SCOPES } from './templates.ts';
import { attributeJson } from './wire.ts';

const FaultOrder = z.object({
  n: z.int().positive().default(1),
  kind: z.enum(FAULT_KINDS),
  onEndpoint: z.string().optional(),
});
const TheftOrder = z.object({
  name: z.string(),
  service: z.string().default('fitbit'),
  always: z.boolean().default(false),
});
const TokenOrder = z.object({ scopes: z.array(z.string()).default([...SCOPES]), client: z.string().optional() });

/** For tests that run in another process than the twin. */
export function controlRoutes(state: TwinState): Hono {
  const routes = new Hono();
  routes.get('/state', (c) =>
    c.json({
      values: state.values(),
      attributes: [...state.account.attributes.values()].map((one) => attributeJson(state.account, one)),
      counters: state.counters.snapshot(),
      requests: state.requests,
      pendingFaults: state.faults.pending(),
    }),
  );
  routes.post('/fault', async (c) => {
    const order = FaultOrder.parse(await c.req.json());
    state.faults.next(order.n, order.kind, order.onEndpoint);
    return c.json({ pending: state.faults.pending() });
  });
  routes.post('/steal', async (c) => {
    const { name, service, always } = TheftOrder.parse(await c.req.json());
    if (always) state.stolenOnAcquire.set(name, service);
    if (state.account.attributes.has(name)) state.account.steal(name, service);
    return c.json({ name, service });
  });
  routes.post('/token', async (c) => {
    const { scopes, client } = TokenOrder.parse(await c.req.json());
    return c.json(state.grants.issue(client === undefined ? state.client : state.grants.client(client), scopes));
  });
  routes.post('/revoke', async (c) => {
    state.grants.revoke(z.object({ token: z.string() }).parse(await c.req.json()).token);
    return c.json({});
  });
  routes.post('/timezone', async (c) => {
    state.account.timezone = z.object({ timezone: z.string() }).parse(await c.req.json()).timezone;
    return c.json({ timezone: state.account.timezone });
  });
  routes.onError((error, c) => c.json({ error: error.message }, 400));
  return routes;
}
