import {
  ConfigInvalid,
  Health,
  Http,
  Inbound,
  Logger,
  NotReady,
  Readings,
  Schedule,
  Secrets,
  Storage,
} from '@dayfold/sdk';
import type { ServiceToken } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { HostDesk, hang, sourceNamed, sourceOf } from './host-desk.ts';
import { Secret } from '../../src/kernel/secret.ts';

test('a source that is not enabled is disabled and never built', async () => {
  let built = 0;
  const desk = new HostDesk([sourceNamed('home', { enabled: false })]).plugin('test', [], () => {
    built += 1;
    return sourceOf();
  });
  await desk.host.start();
  expect([await desk.state(), built]).toEqual(['disabled', 0]);
  await desk.host.stop();
});

test('every source is tried once before the host says so, and those in trouble keep nobody waiting', async () => {
  const started = Promise.withResolvers<void>();
  const sources = [
    sourceNamed('slow'),
    sourceNamed('off', { enabled: false }),
    sourceNamed('missing', { plugin: 'missing' }),
    sourceNamed('broken', { plugin: 'broken' }),
  ];
  const desk = new HostDesk(sources)
    .plugin('test', [], () => sourceOf({ start: () => started.promise }))
    .plugin('broken', [], () => sourceOf({ start: () => Promise.reject(new NotReady('nobody answers')), stop: hang }));
  await desk.host.start();
  let isTried = false;
  void desk.host.tried(30_000).then(() => (isTried = true));
  await desk.clock.advance(29_000);
  expect([isTried, await desk.state('slow'), await desk.state('broken')]).toEqual([false, 'starting', 'retrying']);
  started.resolve();
  await desk.clock.advance(0);
  expect(isTried).toBe(true);
  await desk.host.tried(30_000);
  const stopped = desk.host.stop();
  await desk.clock.advance(5000);
  await stopped;
});

test('a source that hangs in its start is not waited for longer than is said, nor one that is stopped', async () => {
  const desk = new HostDesk([sourceNamed('home')]).plugin('test', [], () => sourceOf({ start: hang }));
  await desk.host.start();
  let tried = 0;
  void desk.host.tried(30_000).then(() => (tried += 1));
  await desk.clock.advance(29_999);
  expect(tried).toBe(0);
  await desk.clock.advance(1);
  expect(tried).toBe(1);
  void desk.host.tried(60_000).then(() => (tried += 1));
  const stopped = desk.host.stop();
  await desk.clock.advance(0);
  expect(tried).toBe(2);
  await desk.clock.advance(5000);
  await stopped;
});

test('a plugin that is not there makes its source invalid and leaves the others alone', async () => {
  const desk = new HostDesk([sourceNamed('home'), sourceNamed('other', { plugin: 'missing' })]).plugin('test', [], () =>
    sourceOf(),
  );
  await desk.host.start();
  expect(await desk.state('home')).toBe('running');
  expect(await desk.status('other')).toMatchObject({
    state: 'invalid',
    message: expect.stringContaining('npm install missing') as string,
  });
  expect(await desk.problems()).toMatchObject([{ subject: 'other' }]);
  await desk.host.stop();
  expect(await desk.problems()).toEqual([]);
});

test('a service that this host does not offer makes the source invalid, and the message names it', async () => {
  const tokens = [Readings, Symbol.for('@dayfold/sdk/Telepathy'), Symbol('mine')] as ServiceToken<unknown>[];
  const desk = new HostDesk([sourceNamed('home')]).plugin('test', tokens, () => sourceOf());
  await desk.host.start();
  await desk.clock.advance(0);
  const { state, message } = await desk.status();
  expect(state).toBe('invalid');
  expect(message).toMatch(
    /^plugin test asks for Telepathy, mine, which this dayfold does not offer \(it offers Readings, .*Secrets.*\); update dayfold or the plugin$/,
  );
  await desk.host.stop();
});

test.each([
  ['nothing', () => undefined, 'not nothing'],
  ['an object without start', () => ({}), 'not another object'],
  ['a promise', () => Promise.resolve(sourceOf()), 'not a promise'],
])('a factory that returns %s has failed: the fault is the plugin and not tried again', async (_what, make, why) => {
  let built = 0;
  const desk = new HostDesk([sourceNamed('home')]).plugin('test', [], () => {
    built += 1;
    return make();
  });
  await desk.host.start();
  await desk.clock.advance(3_600_000);
  expect(await desk.status()).toMatchObject({ state: 'failed', message: expect.stringContaining(why) as string });
  expect(built).toBe(1);
  expect(await desk.problems()).toMatchObject([
    { subject: 'home', remedy: expect.stringContaining('fault of the plugin') as string },
  ]);
  await desk.host.stop();
});

test('a factory that throws steers the host by its error like a start that rejects', async () => {
  let attempts = 0;
  const desk = new HostDesk([sourceNamed('home'), sourceNamed('wrong', { plugin: 'wrong' })])
    .plugin('test', [], () => {
      attempts += 1;
      if (attempts === 1) throw new NotReady('the port is not free');
      return sourceOf();
    })
    .plugin('wrong', [], () => {
      throw new ConfigInvalid('series: name one');
    });
  await desk.host.start();
  expect(await desk.state('home')).toBe('retrying');
  expect(await desk.status('wrong')).toMatchObject({ state: 'invalid', message: 'series: name one' });
  await desk.clock.advance(1000);
  expect(await desk.state('home')).toBe('running');
  await desk.host.stop();
});

test('while it retries, the next attempt is shown, the problem stands, and the log has one line', async () => {
  const desk = new HostDesk([sourceNamed('home')]).plugin('test', [], () =>
    sourceOf({ start: () => Promise.reject(new NotReady('refused')) }),
  );
  await desk.host.start();
  await desk.clock.advance(0);
  expect((await desk.status()).nextAttempt).toBe(desk.clock.now() + 1000);
  await desk.clock.advance(60_000);
  expect(desk.lines()).toEqual(['warn source home: retrying: refused']);
  expect(await desk.problems()).toMatchObject([{ subject: 'home', message: 'source home is retrying: refused' }]);
  await desk.host.stop();
  expect(await desk.problems()).toEqual([]);
});

test('two sources of one plugin have services of their own', async () => {
  const given = new Map<unknown, { services: unknown[]; storage: Storage }>();
  const desk = new HostDesk([sourceNamed('one', { options: 'one' }), sourceNamed('two', { options: 'two' })]).plugin(
    'test',
    [Readings, Storage, Logger, Health, Schedule],
    (options, ...services) => {
      given.set(options, { services, storage: services[1] as unknown as Storage });
      return sourceOf();
    },
  );
  await desk.host.start();
  await desk.clock.advance(0);
  const [one, two] = [given.get('one'), given.get('two')];
  for (const service of one?.services ?? []) expect(two?.services).not.toContain(service);
  await one?.storage.set('cursor', 7);
  expect(await one?.storage.get('cursor')).toBe(7);
  expect(await two?.storage.get('cursor')).toBeUndefined();
  expect(await two?.storage.keys()).toEqual([]);
  await two?.storage.set('cursor', 8);
  await one?.storage.delete('cursor');
  expect(await two?.storage.keys()).toEqual(['cursor']);
  await desk.host.stop();
});

test('readings, log lines and health belong to the source that gave them', async () => {
  const desk = new HostDesk([sourceNamed('one'), sourceNamed('two')]).plugin(
    'test',
    [Readings, Logger, Health],
    (_options, readings: Readings, logger: Logger, health: Health) =>
      sourceOf({
        async start() {
          logger.info('hello', { source: 'somebody else', topics: 3 });
          health.misfit('no number', 'abc');
          await readings.emit([{ series: 'x', value: 1, time: '2026-03-10T11:00:00Z' }]);
        },
      }),
  );
  await desk.host.start();
  await desk.clock.advance(20);
  for (const name of ['one', 'two']) {
    expect(await desk.status(name)).toMatchObject({
      state: 'running',
      readings: 1,
      misfits: [{ reason: 'no number', count: 1, sample: 'abc' }],
    });
    expect(desk.log.lines).toContainEqual({
      level: 'info',
      message: `source ${name}: hello`,
      details: { source: name, topics: 3 },
    });
  }
  await desk.host.stop();
});

test('a job that throws makes its source degraded, and the next good run makes it running again', async () => {
  let isGood = false;
  const desk = new HostDesk([sourceNamed('home')]).plugin('test', [Schedule], (_options, schedule: Schedule) =>
    sourceOf({
      start: (signal) =>
        schedule.every(1000, signal, () => {
          if (!isGood) throw new Error('the sensor does not answer');
        }),
    }),
  );
  await desk.host.start();
  await desk.clock.advance(0);
  expect(await desk.status()).toMatchObject({ state: 'degraded', message: 'the sensor does not answer' });
  expect(await desk.problems()).toMatchObject([{ subject: 'home' }]);
  isGood = true;
  await desk.clock.advance(1000);
  expect(await desk.state()).toBe('running');
  expect(await desk.problems()).toEqual([]);
  await desk.host.stop();
});

test('jobs, requests and routes end with their attempt, whatever signal the plugin gave them', async () => {
  const never = new AbortController().signal;
  let [attempts, runs] = [0, 0];
  const desk = new HostDesk([sourceNamed('home')]).plugin(
    'test',
    [Schedule, Http, Inbound],
    (_options, schedule: Schedule, http: Http, inbound: Inbound) =>
      sourceOf({
        start() {
          attempts += 1;
          schedule.every(1000, never, () => (runs += 1));
          void http.request('https://example.org/');
          inbound.listen('scale', never, async () => ({ status: 204 }));
          if (attempts === 1) throw new NotReady('not yet');
        },
      }),
  );
  await desk.host.start();
  await desk.clock.advance(1000);
  expect([await desk.state(), attempts, runs]).toEqual(['running', 2, 2]);
  expect(desk.requests.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
  await desk.clock.advance(1000);
  expect(runs).toBe(3);
  await desk.host.stop();
  await desk.clock.advance(60_000);
  expect(runs).toBe(3);
  expect(desk.requests.map(({ signal }) => signal?.aborted)).toEqual([true, true]);
  expect(desk.inbound.answerOf('scale')).toBeUndefined();
});

test('a source that was left behind is told in the log, and nothing more is taken from it', async () => {
  let left: { readings: Readings; storage: Storage } | undefined;
  const desk = new HostDesk([sourceNamed('home')]).plugin(
    'test',
    [Readings, Storage],
    (_options, readings: Readings, storage: Storage) => {
      left = { readings, storage };
      return sourceOf({ stop: hang });
    },
  );
  await desk.host.start();
  await desk.clock.advance(0);
  const stopped = desk.host.stop();
  await desk.clock.advance(5000);
  await stopped;
  expect(desk.lines().at(-1)).toBe(
    'warn source home did not stop in time and is left behind; if that repeats, tell the author of plugin test',
  );
  await expect(left?.readings.emit([{ series: 'x', value: 1 }])).rejects.toThrow('this source has ended');
  await expect(left?.storage.set('cursor', 1)).rejects.toThrow('this source has ended');
});

test('what a source hands over while it stops is still taken', async () => {
  const desk = new HostDesk([sourceNamed('home')]).plugin('test', [Readings], (_options, readings: Readings) =>
    sourceOf({ stop: () => readings.emit([{ series: 'x', value: 1, time: '2026-03-10T11:00:00Z' }]) }),
  );
  await desk.host.start();
  await desk.clock.advance(0);
  const stopped = desk.host.stop();
  await desk.clock.advance(20);
  await stopped;
  expect(await desk.store.journal.lastReceived('home')).toBe(desk.clock.now() - 20);
});

test('a replacement restarts only the sources that changed, also where only a function in the options did', async () => {
  const events: string[] = [];
  const desk = new HostDesk([
    sourceNamed('same', { options: { b: 1, a: 2 } }),
    sourceNamed('changed', { options: 1 }),
    sourceNamed('pattern', { options: { topic: /^a/ } }),
    sourceNamed('gone'),
    sourceNamed('switched off'),
  ]).plugin('test', [], (options) =>
    sourceOf({
      start: () => void events.push(`start ${String(options)}`),
      stop: () => void events.push(`stop ${String(options)}`),
    }),
  );
  await desk.host.start();
  await desk.clock.advance(0);
  events.length = 0;
  await desk.host.replace([
    sourceNamed('same', { options: { a: 2, b: 1 } }),
    sourceNamed('changed', { options: 2 }),
    sourceNamed('pattern', { options: { topic: /^b/ } }),
    sourceNamed('added', { options: 'new' }),
    sourceNamed('switched off', { enabled: false }),
  ]);
  await desk.clock.advance(0);
  expect(events.toSorted()).toEqual([
    'start 2',
    'start [object Object]',
    'start new',
    'stop 1',
    'stop [object Object]',
    'stop [object Object]',
    'stop [object Object]',
  ]);
  const states = (await desk.host.status()).map(({ name, state }) => `${name} ${state}`);
  expect(states.toSorted()).toEqual([
    'added running',
    'changed running',
    'pattern running',
    'same running',
    'switched off disabled',
  ]);
  await desk.host.stop();
});

test('a source that is built for a look has its services, and throws what is wrong with it', async () => {
  const desk = new HostDesk([])
    .plugin('test', [Storage], (_options, storage: Storage) => sourceOf({ once: () => storage.set('seen', true) }))
    .plugin('broken', [], () => undefined);
  const { signal } = new AbortController();
  const { source } = await desk.host.build(sourceNamed('home'), signal);
  await source.once?.(signal);
  expect(await desk.store.keyValues.get('home', 'seen')).toBe(true);
  await expect(desk.host.build(sourceNamed('home', { plugin: 'broken' }), signal)).rejects.toThrow('must return');
});

test('a source is told its own secrets, and nothing under any other name', async () => {
  const told: unknown[] = [];
  const desk = new HostDesk([
    sourceNamed('one', { secrets: { token: new Secret('one-token') } }),
    sourceNamed('two', { secrets: { other: new Secret('two-token') } }),
  ]).plugin('test', [Secrets], (_options, secrets: Secrets) =>
    sourceOf({
      async start() {
        const names = ['token', 'other', 'constructor', '__proto__', ''];
        told.push(await Promise.all(names.map((name) => secrets.get(name))));
      },
    }),
  );
  await desk.host.start();
  await desk.clock.advance(0);
  expect(told).toEqual([
    ['one-token', undefined, undefined, undefined, undefined],
    [undefined, 'two-token', undefined, undefined, undefined],
  ]);
  await desk.host.stop();
});

test('a secret that changes restarts its source and no other', async () => {
  const starts: string[] = [];
  const desk = new HostDesk([
    sourceNamed('one', { options: 'one', secrets: { token: new Secret('old') } }),
    sourceNamed('two', { options: 'two', secrets: { token: new Secret('old') } }),
  ]).plugin('test', [], (options) => sourceOf({ start: () => void starts.push(String(options)) }));
  await desk.host.start();
  await desk.host.replace([
    sourceNamed('one', { options: 'one', secrets: { token: new Secret('new') } }),
    sourceNamed('two', { options: 'two', secrets: { token: new Secret('old') } }),
  ]);
  expect(starts).toEqual(['one', 'two', 'one']);
  await desk.host.stop();
});

test('a secret is in no state, problem, misfit or log line, whatever the plugin says', async () => {
  const canary = 'can/ary "s3cret"';
  const spoken = [canary, encodeURIComponent(canary), Buffer.from(canary).toString('base64')].join(' ');
  const home = sourceNamed('home', { secrets: { token: new Secret(canary), short: new Secret('abc') } });
  const desk = new HostDesk([home])
    .plugin('test', [Logger, Health, Schedule], (_options, logger: Logger, health: Health, schedule: Schedule) =>
      sourceOf({
        start(signal) {
          health.misfit(`reason ${spoken}`, `sample ${spoken}`);
          logger.warn(`line ${spoken}`, { deep: [{ text: spoken, error: new Error(spoken) }], count: 7 });
          schedule.every(1000, signal, () => {
            throw new Error(`job ${spoken}`);
          });
        },
        probe: () => Promise.reject(Object.assign(new NotReady(`probe ${spoken}`), { token: spoken })),
      }),
    )
    .plugin('failing', [], () => sourceOf({ start: () => Promise.reject(new NotReady(`start ${spoken}`)) }));
  await desk.host.start();
  await desk.clock.advance(0);
  const seen: unknown[] = [await desk.host.status(), await desk.problems()];
  await desk.host.replace([{ ...home, plugin: 'failing' }]);
  await desk.clock.advance(0);
  seen.push(await desk.host.status(), await desk.problems(), desk.log.lines);
  const { signal } = new AbortController();
  const { source } = await desk.host.build(home, signal);
  const thrown = await source.probe?.(signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({ code: 'plugin.not_ready', message: 'probe ••• ••• •••' });
  seen.push(thrown, String(thrown));
  for (const form of spoken.split(' ')) expect(JSON.stringify(seen)).not.toContain(form);
  expect(JSON.stringify(seen)).toContain('start ••• ••• •••');
  expect(desk.log.lines).toContainEqual({
    level: 'warn',
    message: 'source home: line ••• ••• •••',
    details: { deep: [{ text: '••• ••• •••', error: 'Error: ••• ••• •••' }], count: 7, source: 'home' },
  });
  await desk.host.stop();
});
