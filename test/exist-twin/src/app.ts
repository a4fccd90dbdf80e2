import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import type { Item } from './account.ts';
import { controlRoutes } from './control.ts';
import { localTime } from './days.ts';
import type { Grant } from './grants.ts';
import { authorize, tokenAnswer } from './oauth.ts';
import { accountPage } from './pages.ts';
import { RateLimit } from './rate-limit.ts';
import { sent, spoiledBefore } from './respond.ts';
import type { Answer } from './respond.ts';
import type { TwinState } from './state.ts';
import { attributeList, page, templateList, valuesOf, withValues } from './wire.ts';
import { applied, itemsOf, WRITE_ENDPOINTS } from './writing.ts';

type Env = { Bindings: HttpBindings };
type Applied = Answer & { readonly items?: readonly Item[] };
type Read = (grant: Grant, url: URL) => Answer;

const NOT_FOUND: Answer = { status: 404, json: { detail: 'Not found.' } };

/** Exist's API, its consent page, the account's page, and the doors for tests under `/__twin/`. */
export function twinApp(state: TwinState): Hono<Env> {
  const app = new Hono<Env>();
  const limit = new RateLimit(state.counters);

  /** Counts, spoils, answers and logs one request of a client. */
  const exchange = async (
    c: Context<Env>,
    endpoint: string,
    apply: (fault: ReturnType<typeof state.faults.take>) => Promise<Applied>,
  ): Promise<Response> => {
    const time = state.now();
    state.counters.request(endpoint);
    const fault = state.faults.take(endpoint);
    const { pathname, search } = new URL(c.req.url);
    const log = (items: readonly Item[], status: number): void => {
      state.requests.push({ time, method: c.req.method, path: pathname + search, endpoint, items, status, fault });
    };
    if (fault === 'hang' || fault === 'drop-before') log([], 0);
    const spoiled = await spoiledBefore(fault, c.env);
    if (spoiled !== undefined) {
      if (fault !== 'hang' && fault !== 'drop-before') log([], spoiled.status);
      return spoiled;
    }
    const answer = await apply(fault);
    const response = sent(answer, fault, c.env);
    log(answer.items ?? [], fault === 'drop-after-apply' ? 0 : fault === 'slow' ? answer.status : response.status);
    return response;
  };

  /** Only `Bearer`, only live tokens, 300 an hour; a limited call has no body. */
  const admitted = (c: Context<Env>, then: (grant: Grant) => Applied): Applied => {
    const [, token] = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '') ?? [];
    if (token === undefined) return { status: 401, json: { detail: 'Authentication credentials were not provided.' } };
    const grant = state.grants.alive(token);
    if (grant === undefined) return { status: 401, json: { detail: 'Invalid token' } };
    return limit.admits(grant.client.clientId, state.now()) ? then(grant) : { status: 429 };
  };

  const read = (path: string, endpoint: string, answer: Read): void => {
    app.get(path, (c) =>
      exchange(c, endpoint, async () =>
        admitted(c, (grant) => answer(grant, new URL(c.req.path + new URL(c.req.url).search, state.url))),
      ),
    );
  };
  const listed = (items: readonly unknown[] | undefined, url: URL): Answer => {
    const json = items === undefined ? undefined : page(items, url);
    return json === undefined ? NOT_FOUND : { status: 200, json };
  };
  const { account } = state;

  read('/api/2/accounts/profile/', 'profile', () => ({ status: 200, json: profileJson(state) }));
  read('/api/2/attributes/templates/', 'templates', (_grant, url) => listed(templateList(url.searchParams), url));
  read('/api/2/attributes/', 'attributes', (grant, url) =>
    listed(attributeList(account, grant, url.searchParams, false), url),
  );
  read('/api/2/attributes/owned/', 'owned', (grant, url) =>
    listed(attributeList(account, grant, url.searchParams, true), url),
  );
  read('/api/2/attributes/with-values/', 'with-values', (grant, url) =>
    listed(withValues(account, grant, url.searchParams), url),
  );
  read('/api/2/attributes/values/', 'values', (grant, url) => listed(valuesOf(account, grant, url.searchParams), url));
  for (const empty of ['averages', 'correlations', 'insights'])
    read(`/api/2/${empty}/`, empty, (_grant, url) => listed([], url));
  read('/api/2/correlations/combo/', 'combo', () => ({ status: 404, json: { error: 'not_found' } }));

  for (const endpoint of WRITE_ENDPOINTS) {
    app.post(`/api/2/attributes/${endpoint}/`, (c) =>
      exchange(c, endpoint, async (fault) => {
        const body = await c.req.text();
        return admitted(c, (grant) => {
          const items = itemsOf(body, c.req.header('content-type') ?? '');
          if (!Array.isArray(items)) return items as Answer;
          const full = ['1', 'true'].includes(c.req.query('success_objects') ?? '');
          return { ...applied(state, endpoint, grant, items, full, fault), items };
        });
      }),
    );
  }

  app.get('/oauth2/authorize', (c) => {
    const query = new URL(c.req.url).searchParams;
    return authorize(state, query, query.get('approve') === '1' ? 'allow' : undefined);
  });
  app.post('/oauth2/authorize', async (c) => {
    const form = new URLSearchParams(await c.req.text());
    return authorize(state, form, form.get('decision') ?? 'deny');
  });
  app.post('/oauth2/access_token', (c) =>
    exchange(c, 'token', async () => tokenAnswer(state, await c.req.text(), c.req.header('content-type') ?? '')),
  );
  app.get('/', (c) => c.html(accountPage(state)));
  app.route('/__twin', controlRoutes(state));

  app.notFound((c) => {
    // As Django: a path that only lacks its slash is redirected, and a POST loses its body on the way.
    const { pathname, search } = new URL(c.req.url);
    if (pathname.startsWith('/api/2/') && !pathname.endsWith('/')) return c.redirect(`${pathname}/${search}`, 301);
    return c.json({ detail: 'Not found.' }, 404);
  });
  return app;
}

function profileJson(state: TwinState): Record<string, unknown> {
  const { timezone } = state.account;
  return {
    username: 'twin',
    first_name: 'Twin',
    last_name: '',
    avatar: '',
    timezone,
    local_time: localTime(timezone, state.now()),
    imperial_distance: false,
    imperial_weight: false,
    imperial_energy: false,
    imperial_liquid: false,
    imperial_temperature: false,
    trial: false,
    delinquent: false,
  };
}
