import http from '@dayfold/plugin-http';
import { ConfigInvalid } from '@dayfold/sdk';
import { harness, MemoryStorage } from '@dayfold/sdk/testing';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const URL_ = 'https://api.example.test/v1/days';
const days = { day: { date: 'd', value: 'v' } };
const body = (...items: unknown[]): { body: string } => ({ body: JSON.stringify(items) });

test('items with a date replace themselves when they are polled again, items without are readings at arrival', async () => {
  const run = harness(http, { url: URL_, every: '15m', series: { ...days, now: { items: '$[0]', value: 'v' } } });
  run.http.handler = () => body({ d: '2024-03-30', v: 1 });
  await run.start();
  run.http.handler = () => body({ d: '2024-03-30', v: 2 });
  await run.advance(15 * 60_000);
  expect(run.readings.stored).toEqual([
    { series: 'day', date: '2024-03-30', value: 2, id: '2024-03-30' },
    { series: 'now', value: 1 },
    { series: 'now', value: 2 },
  ]);
  await run.stop();
});

test('two items of one time are two readings', async () => {
  const run = harness(
    http,
    { url: URL_, series: days },
    { http: () => body({ d: '2024-03-30', v: 1 }, { d: '2024-03-30', v: 1 }) },
  );
  await run.once();
  await run.once();
  expect(run.readings.stored.map(({ id }) => id)).toEqual(['2024-03-30', '2024-03-30#2']);
});

test('a server is asked whether anything is new, after a restart too; other options ask anew', async () => {
  const storage = new MemoryStorage();
  const answer = {
    ...body({ d: '2024-03-30', v: 1 }),
    headers: { etag: '"a"', 'last-modified': 'Sat, 30 Mar 2024 10:00:00 GMT' },
  };
  await harness(http, { url: URL_, series: days }, { storage, http: () => answer }).once();
  const second = harness(http, { url: URL_, series: days }, { storage, http: () => ({ status: 304 }) });
  await second.once();
  expect(second.http.requests[0]?.request.headers).toMatchObject({
    'if-none-match': '"a"',
    'if-modified-since': 'Sat, 30 Mar 2024 10:00:00 GMT',
  });
  expect(second.emitted).toEqual([]);
  const third = harness(http, { url: URL_, series: { other: days.day } }, { storage, http: () => answer });
  await third.once();
  expect(third.http.requests[0]?.request.headers).not.toHaveProperty('if-none-match');
});

test('the validators are kept only with the readings they speak for', async () => {
  const run = harness(
    http,
    { url: URL_, series: days },
    { http: () => ({ ...body({ d: '2024-03-30', v: 1 }), headers: { etag: '"a"' } }) },
  );
  run.readings.hold();
  const poll = run.once();
  await run.advance(0);
  expect(await run.storage.keys()).toEqual([]);
  run.readings.release();
  await poll;
  expect(await run.storage.keys()).toEqual(['validators']);
});

test('Retry-After is obeyed to the second, then the source recovers', async () => {
  const run = harness(
    http,
    { url: URL_, every: '1m', series: days },
    { http: () => ({ status: 429, headers: { 'retry-after': '600' }, body: 'slow down' }) },
  );
  await run.start();
  expect(run.health.message).toBe('api.example.test answered 429: slow down');
  await run.advance(599_000);
  expect(run.http.requests).toHaveLength(1);
  run.http.handler = () => body({ d: '2024-03-30', v: 1 });
  await run.advance(1000);
  expect(run.http.requests).toHaveLength(2);
  expect(run.health.state).toBe('ok');
  await run.advance(120_000);
  expect(run.http.requests.length).toBeGreaterThanOrEqual(4);
  await run.stop();
  expect(run.clock.sleeping).toBe(0);
});

test('failures wait longer and longer, at most an hour', async () => {
  const run = harness(http, { url: URL_, every: '10s', series: days }, { http: () => ({ status: 500 }) });
  await run.start();
  await run.advance(24 * 3_600_000);
  const { length } = run.http.requests;
  expect(length).toBeGreaterThanOrEqual(24);
  expect(length).toBeLessThan(70);
  await run.stop();
});

test('an answer that is not JSON degrades with its beginning', async () => {
  const run = harness(
    http,
    { url: URL_, series: days },
    { http: () => ({ body: `<html>\n  <title>Login</title>${'x'.repeat(200)}` }) },
  );
  await run.start();
  expect(run.health.message).toMatch(
    /^api\.example\.test answered with something that is not JSON: <html> <title>Login<\/title>x+$/,
  );
  expect(run.health.message?.length).toBeLessThan(150);
  await run.stop();
});

test('a forbidden address and a refused login stop the start', async () => {
  const forbidden = harness(http, { url: URL_, series: days });
  forbidden.http.handler = () => {
    throw new ConfigInvalid('private');
  };
  await expect(forbidden.start()).rejects.toMatchObject({ code: 'plugin.config_invalid' });
  const refused = harness(http, { url: URL_, series: days }, { http: () => ({ status: 401 }) });
  await expect(refused.start()).rejects.toMatchObject({ code: 'plugin.login_required' });
});

test('logins, bodies and limits go with the request', async () => {
  const config = {
    url: URL_,
    method: 'POST',
    body: { from: 1 },
    auth: { user: 'me', password: 'open' },
    headers: { 'X-Key': 'k' },
    allow_private: true,
    timeout: '5s',
    max_size: '1MB',
    series: days,
  };
  const run = harness(http, config, { http: () => body() });
  await run.once();
  expect(run.http.requests[0]?.request).toMatchObject({
    method: 'POST',
    body: '{"from":1}',
    allowPrivate: true,
    timeoutMs: 5000,
    maxBytes: 1024 * 1024,
    headers: { authorization: 'Basic bWU6b3Blbg==', 'x-key': 'k', 'content-type': 'application/json' },
  });
});

test('links to further pages are followed on the same origin only', async () => {
  const config = { url: URL_, paging: { next: 'next' }, series: days };
  const page = (v: number, next?: string): { body: string } => ({
    body: JSON.stringify({ items: [{ d: `2024-03-0${v}`, v }], next }),
  });
  const run = harness(http, config, { http: (url) => (url.endsWith('2') ? page(2) : page(1, '?page=2')) });
  await run.once();
  expect(run.emitted.map(({ value }) => value)).toEqual([1, 2]);
  const lured = harness(http, config, { http: () => page(1, 'https://evil.example.test/') });
  await expect(lured.once()).rejects.toThrow('leads to another host: evil.example.test');
  expect(lured.http.requests).toHaveLength(1);
  expect(lured.emitted).toEqual([]);
});

test('numbered pages end with the first empty one, with a repeated one, or at the most', async () => {
  const config = { url: `${URL_}?size=1`, paging: { page: 'offset', from: 0, step: 10, most: 5 }, series: days };
  const asked = (run: { http: { requests: readonly { url: string }[] } }): (string | null)[] =>
    run.http.requests.map(({ url }) => new URL(url).searchParams.get('offset'));
  const empty = harness(http, config, {
    http: (url) => (url.includes('offset=20') ? body() : body({ d: '2024-03-30', v: url })),
  });
  await empty.once();
  expect(asked(empty)).toEqual(['0', '10', '20']);
  const same = harness(http, config, { http: () => body({ d: '2024-03-30', v: 1 }) });
  await same.once();
  expect(asked(same)).toEqual(['0', '10']);
  expect(same.emitted).toHaveLength(1);
  const endless = harness(http, config, { http: (url) => body({ d: '2024-03-30', v: url }) });
  await endless.once();
  expect(asked(endless)).toEqual(['0', '10', '20', '30', '40']);
});

test('cron polls at start and then by the schedule', async () => {
  const run = harness(http, { url: URL_, cron: '15 6 * * *', series: days }, { http: () => body() });
  await run.start();
  expect(run.schedule.crons).toEqual(['15 6 * * *']);
  await run.schedule.runCrons();
  expect(run.http.requests).toHaveLength(1);
  await run.advance(10_000);
  await run.schedule.runCrons();
  expect(run.http.requests).toHaveLength(2);
  await run.stop();
});

test('a series that nothing fits is shown by its name', async () => {
  const run = harness(
    http,
    { url: URL_, series: { day: { date: 'date', value: 'v' } } },
    { http: () => body({ d: '2024-03-30', v: 1 }) },
  );
  await run.once();
  expect(run.health.message).toBe('none of 1 items gave a reading for day: no date');
});

test('options are checked: interval, one schedule, expressions, keys', () => {
  const check = (config: object): boolean => http.config.safeParse({ url: URL_, series: days, ...config }).success;
  expect(check({ every: '10s' })).toBe(true);
  expect(check({ every: '5s' })).toBe(false);
  expect(check({ every: '1h', cron: '0 * * * *' })).toBe(false);
  expect(check({ url: 'file:///etc/passwd' })).toBe(false);
  expect(check({ series: { day: { value: 'a b' } } })).toBe(false);
  expect(check({ body: 'x' })).toBe(false);
});

const root = fileURLToPath(new URL('../../../../shared/fixtures/http/', import.meta.url));

describe.skipIf(!existsSync(root))('answers of real APIs (skipped without ../shared/fixtures)', () => {
  const answered = (path: string) => () => ({ body: readFileSync(root + path, 'utf8') });

  test('Open-Meteo: zipped columns, null is no reading', async () => {
    const series = {
      rain: { items: '$zip(daily.time, daily.precipitation_sum)', date: '$[0]', value: '$[1]', unit: 'mm' },
      temp: { items: '$zip(hourly.time, hourly.temperature_2m)', time: '$[0]', value: '$[1]' },
    };
    const run = harness(http, { url: URL_, series }, { http: answered('documented-shapes/open-meteo-forecast.json') });
    await run.once();
    expect(run.emitted.filter(({ series: name }) => name === 'rain').map(({ date }) => date)).toEqual(['2024-03-30']);
    expect(run.emitted).toContainEqual({
      series: 'temp',
      time: '2024-03-31T03:00:00',
      value: 8.2,
      id: '2024-03-31T03:00:00',
    });
    expect(run.emitted.filter(({ series: name }) => name === 'temp')).toHaveLength(3);
  });

  test('HomeWizard: one document is one item', async () => {
    const run = harness(
      http,
      { url: URL_, series: { energy: { value: 'total_power_import_kwh', unit: 'kWh' } } },
      { http: answered('homewizard/v1-HWE-P1-data.json') },
    );
    await run.once();
    expect(run.emitted).toEqual([{ series: 'energy', value: expect.any(Number) as number, unit: 'kWh' }]);
  });

  test('Home Assistant and ActivityWatch: times with offsets', async () => {
    const history = harness(
      http,
      { url: URL_, items: '$[0]', series: { t: { time: 'last_changed', value: 'state' } } },
      { http: answered('documented-shapes/home-assistant-history-period.json') },
    );
    await history.once();
    expect(history.emitted.map(({ value, id }) => [value, id])).toEqual([
      [-3.9, '2016-02-06T22:15:00+00:00'],
      [-2.9, '2016-02-06T22:15:00+00:00#2'],
      [-2.2, '2016-02-06T22:15:00+00:00#3'],
    ]);
    const events = harness(
      http,
      { url: URL_, series: { s: { time: 'timestamp', value: 'duration' } } },
      { http: answered('documented-shapes/activitywatch-events.json') },
    );
    await events.once();
    expect(events.emitted[1]).toMatchObject({ time: '2016-04-27T15:24:01.250000+00:00', value: 0 });
  });
});
