import { InboundRoutes, LoginRequired } from '@dayfold/runtime';
import type { Engine, StatusReport } from '@dayfold/runtime';
import { expect, test } from 'vitest';
import { publicApi } from '../src/public-api.ts';
import type { WebState } from '../src/public-api.ts';
import { idleEngine } from './idle-engine.ts';

interface Setup {
  readonly engine?: Partial<Engine>;
  readonly inbound?: InboundRoutes;
  readonly state?: WebState;
}

function api({ engine = {}, inbound = new InboundRoutes(), state = 'ready' }: Setup = {}) {
  const logged: string[] = [];
  const log = { error: (message: string) => void logged.push(message) };
  const app = publicApi({ engine: idleEngine(engine), inbound, state: () => state, names: ['nas'], log });
  const ask = async (path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> =>
    await app.request(path, { ...init, headers: { host: '127.0.0.1:8373', ...init.headers } });
  return { ask, logged };
}

test('readiness follows the daemon from its start to its stop; health does not', async () => {
  for (const [state, status] of [
    ['starting', 503],
    ['ready', 200],
    ['stopping', 503],
  ] as const) {
    const { ask } = api({ state });
    expect((await ask('/readyz')).status, state).toBe(status);
    expect((await ask('/healthz')).status, state).toBe(200);
  }
});

test('a foreign name is turned away on every route, and told how to become known', async () => {
  const inbound = new InboundRoutes();
  inbound.listen('scale', new AbortController().signal, async () => await Promise.resolve({ status: 202 }));
  const { ask } = api({ inbound });
  const headers = { host: 'attacker.example' };
  for (const path of ['/', '/healthz', '/readyz', '/metrics', '/connect/callback?code=1&state=2', '/nothing'])
    expect((await ask(path, { headers })).status, path).toBe(421);
  const pushed = await ask('/in/scale', { method: 'POST', body: '{}', headers });
  expect(pushed.status).toBe(421);
  expect(await pushed.text()).toContain('web: { names: [attacker.example] }');
  expect((await ask('/in/scale', { method: 'POST', body: '{}', headers: { host: 'nas:8373' } })).status).toBe(202);
  const asProxy = await ask('http://attacker.example/healthz');
  expect([asProxy.status, await asProxy.text()]).toEqual([
    421,
    expect.stringContaining('known here as attacker.example'),
  ]);
});

test('pages may load and run nothing, and are not shown inside others', async () => {
  const { ask } = api({ engine: { connectFinish: async () => await Promise.reject(new LoginRequired('no')) } });
  for (const path of ['/', '/metrics', '/connect/callback', '/nothing']) {
    const { headers } = await ask(path);
    expect(headers.get('content-security-policy'), path).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('referrer-policy'), path).toBe('no-referrer');
  }
});

test('what Exist says to a login is shown as text, and the page with the code is never kept', async () => {
  const refusal = new LoginRequired('Exist did not allow access: <script>alert(1)</script>');
  const { ask } = api({ engine: { connectFinish: async () => await Promise.reject(refusal) } });
  const answer = await ask('/connect/callback?error=%3Cscript%3E&state=x');
  expect(answer.status).toBe(400);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const html = await answer.text();
  expect(html).toContain('&lt;script&gt;');
  expect(html).not.toContain('<script>');
});

test('a login that succeeded says what the next sync takes over, as text', async () => {
  const report = {
    account: 'me',
    username: 'anna',
    scopes: [],
    missingScopes: [],
    takeovers: [{ attribute: 'steps', service: '<b>Fitbit</b>' }],
    unseen: ['weight'],
  };
  const { ask } = api({ engine: { connectFinish: async () => await Promise.resolve(report) } });
  const html = await (await ask('/connect/callback?code=1&state=x')).text();
  expect(html).toContain('connected to Exist as anna. The next sync takes over from other services: steps');
  expect(html).toContain('steps (now filled by &lt;b&gt;Fitbit&lt;/b&gt;)');
  expect(html).toContain('whichever service fills them now: weight. Remove an attribute');
});

test('a webhook that is not there yet, or no more, is asked for again', async () => {
  for (const [state, status] of [
    ['starting', 503],
    ['ready', 404],
    ['stopping', 503],
  ] as const)
    expect((await api({ state }).ask('/in/scale', { method: 'POST', body: '{}' })).status, state).toBe(status);
});

test('more than a megabyte is refused before it reaches a source', async () => {
  const inbound = new InboundRoutes();
  let taken = 0;
  inbound.listen('scale', new AbortController().signal, async () => await Promise.resolve({ status: 202 + taken++ }));
  const body = 'x'.repeat(1024 * 1024 + 1);
  expect((await api({ inbound }).ask('/in/scale', { method: 'POST', body })).status).toBe(413);
  expect(taken).toBe(0);
});

test('only webhooks take anything but GET', async () => {
  const { ask } = api();
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    expect((await ask('/healthz', { method })).status, method).toBe(405);
});

test('what fails inside is logged, not told to the outside', async () => {
  const { ask, logged } = api({
    engine: { status: async () => await Promise.reject(new Error('/home/me/data broke')) },
  });
  const answer = await ask('/metrics');
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('/home');
  expect(logged).toEqual(['web: GET /metrics: /home/me/data broke']);
});

test('metrics are valid Prometheus text', async () => {
  const status: StatusReport = {
    running: true,
    timezone: 'UTC',
    attributes: [],
    problems: [],
    sources: [
      {
        name: 'home',
        plugin: 'mqtt',
        state: 'running',
        since: '',
        readings: 7,
        misfits: [{ reason: 'a "quote"\n', count: 2, sample: '' }],
      },
    ],
    accounts: [
      {
        name: 'me',
        connected: true,
        scopes: [],
        nextSync: null,
        lastSync: null,
        outbox: 3,
        usedLastHour: 1,
        limit: 300,
      },
    ],
  };
  const answer = await api({ engine: { status: async () => await Promise.resolve(status) } }).ask('/metrics');
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const samples = samplesOf(await answer.text());
  expect(samples.get('dayfold_source_readings{source="home"}')).toBe(7);
  expect(samples.get('dayfold_source_misfits{source="home"}')).toBe(2);
  expect(samples.get('dayfold_outbox_attribute_days{account="me"}')).toBe(3);
  expect(samples.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
});

/** Throws at the first line that the text format does not allow. */
function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  let typed = '';
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.split('\n').filter((each) => each !== '')) {
    if (line.startsWith('# TYPE ')) typed = line.split(' ')[2]!;
    if (line.startsWith('#')) continue;
    const [, series, name, value] =
      /^((?<name>[a-z_:][\w:]*)(?:\{(?:[a-z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)+\})?) (?<value>\S+)$/i.exec(line) ?? [];
    if (series === undefined || name !== typed || Number.isNaN(Number(value))) throw new Error(`not a sample: ${line}`);
    samples.set(series, Number(value));
  }
  return samples;
}
