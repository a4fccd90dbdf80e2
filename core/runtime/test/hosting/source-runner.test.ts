import { ConfigInvalid, LoginRequired, NotReady } from '@dayfold/sdk';
import type { Source } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { StoreUnusable } from '../../src/kernel/errors.ts';
import { PluginBroken } from '../../src/hosting/plugin-fault.ts';
import { SourceRunner } from '../../src/hosting/source-runner.ts';
import type { SourceLife } from '../../src/hosting/source-runner.ts';
import { hang, sourceOf } from './host-desk.ts';

const NOON = Date.parse('2026-03-10T12:00:00Z');
const MINUTES = 60_000;
/** As near to 1 as Math.random comes. */
const NEARLY_ONE = 1 - Number.EPSILON;

/** A runner with everything it said; `build` gets the number of the attempt, from 1. */
function running(build: (attempt: number, life: SourceLife) => Source, random = 0) {
  const clock = new FakeClock(NOON);
  const states: string[] = [];
  /** Milliseconds from each failure to the next attempt. */
  const waits: number[] = [];
  const left = { count: 0 };
  let attempts = 0;
  const runner = new SourceRunner(
    (life) => build((attempts += 1), life),
    clock,
    {
      state(state, message, nextAttempt) {
        states.push(message === undefined ? state : `${state}: ${message}`);
        if (nextAttempt !== undefined) waits.push(Math.round(nextAttempt - clock.now()));
      },
      leftBehind: () => (left.count += 1),
    },
    () => random,
  );
  runner.start();
  return { runner, clock, states, waits, left, attempts: () => attempts };
}

function failing(error: unknown): () => Source {
  return () => sourceOf({ start: () => Promise.reject(error as Error) });
}

test('a source is starting until its start resolves, then running, and stopping once it is told to end', async () => {
  const started = Promise.withResolvers<void>();
  const run = running(() => sourceOf({ start: () => started.promise }));
  expect(run.states).toEqual(['starting']);
  started.resolve();
  await run.clock.advance(0);
  expect(run.states).toEqual(['starting', 'running']);
  await run.runner.stop();
  expect(run.states).toEqual(['starting', 'running', 'stopping']);
  await run.clock.advance(60 * MINUTES);
  expect(run.attempts()).toBe(1);
});

test('a start that fails is tried again after a wait that doubles up to five minutes and never ends', async () => {
  const run = running(failing(new NotReady('the broker is not there')), NEARLY_ONE);
  await run.clock.advance(120 * MINUTES);
  expect(run.waits.slice(0, 10)).toEqual([
    2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000,
  ]);
  expect(run.waits.slice(10).every((wait) => wait === 300_000)).toBe(true);
  expect(run.attempts()).toBeGreaterThan(25);
  expect(run.states.at(-1)).toBe('retrying: the broker is not there');
  await run.runner.stop();
});

test('while the disk takes nothing it is tried again every half a minute, so that it runs soon after there is room', async () => {
  const run = running(failing(new StoreUnusable('store.full', 'the disk is full')), NEARLY_ONE);
  await run.clock.advance(10 * MINUTES);
  expect(run.waits.slice(0, 4)).toEqual([2000, 4000, 8000, 16_000]);
  expect(run.waits.length).toBeGreaterThan(20);
  expect(run.waits.slice(4).every((wait) => wait === 30_000)).toBe(true);
  await run.runner.stop();
});

test('the wait is drawn between a second and the ceiling, so that many sources do not come back together', async () => {
  const least = running(failing(new NotReady('no')), 0);
  await least.clock.advance(10_500);
  expect(least.waits).toEqual(Array(11).fill(1000));
  const middle = running(failing(new NotReady('no')), 0.5);
  await middle.clock.advance(10 * MINUTES);
  expect(middle.waits.slice(0, 4)).toEqual([1500, 2500, 4500, 8500]);
  await Promise.all([least.runner.stop(), middle.runner.stop()]);
});

test('a source that succeeds in a later attempt runs', async () => {
  const run = running((attempt) =>
    sourceOf({ start: () => (attempt < 3 ? Promise.reject(new NotReady('not yet')) : undefined) }),
  );
  await run.clock.advance(5000);
  expect(run.states).toEqual(['starting', 'retrying: not yet', 'starting', 'retrying: not yet', 'starting', 'running']);
  await run.runner.stop();
});

test('the wait that an error asks for is obeyed, and never shortens the backoff', async () => {
  const long = running(failing(new NotReady('busy', { retryAfterMs: 20 * MINUTES })));
  await long.clock.advance(20 * MINUTES - 1);
  expect(long.attempts()).toBe(1);
  await long.clock.advance(1);
  expect(long.attempts()).toBe(2);
  const short = running(failing(new NotReady('busy', { retryAfterMs: 5 })), NEARLY_ONE);
  await short.clock.advance(0);
  expect(short.waits).toEqual([2000]);
  const nonsense = running(failing(Object.assign(new NotReady('busy'), { retryAfterMs: Number.NaN })));
  await nonsense.clock.advance(0);
  expect(nonsense.waits).toEqual([1000]);
  await Promise.all([long, short, nonsense].map(({ runner }) => runner.stop()));
});

test('a login that is required is tried every five minutes', async () => {
  const run = running(failing(new LoginRequired('wrong password')), NEARLY_ONE);
  await run.clock.advance(15 * MINUTES);
  expect(run.waits).toEqual([300_000, 300_000, 300_000, 300_000]);
  expect(run.states.at(-1)).toBe('login required: wrong password');
  await run.runner.stop();
});

test('an invalid configuration is not tried again', async () => {
  const run = running(failing(new ConfigInvalid('there is no such topic')));
  await run.clock.advance(60 * MINUTES);
  expect(run.states).toEqual(['starting', 'invalid: there is no such topic']);
  expect(run.attempts()).toBe(1);
  await run.runner.stop();
});

test('a plugin that builds no source has failed and is not tried again', async () => {
  const run = running(() => {
    throw new PluginBroken('it returned nothing');
  });
  await run.clock.advance(60 * MINUTES);
  expect(run.states).toEqual(['starting', 'failed: it returned nothing']);
  expect(run.attempts()).toBe(1);
  await run.runner.stop();
});

test('errors are told by their code, whichever copy of the SDK they come from', async () => {
  class ForeignError extends Error {
    readonly code: string;
    constructor(code: string) {
      super(`from elsewhere: ${code}`);
      this.code = code;
    }
  }
  const states: string[] = [];
  for (const code of ['plugin.config_invalid', 'plugin.login_required', 'plugin.not_ready']) {
    const run = running(failing(new ForeignError(code)));
    await run.clock.advance(0);
    states.push(run.states.at(-1) ?? '');
    await run.runner.stop();
  }
  expect(states).toEqual([
    'invalid: from elsewhere: plugin.config_invalid',
    'login required: from elsewhere: plugin.login_required',
    'retrying: from elsewhere: plugin.not_ready',
  ]);
});

test('five faults in a row that say nothing of their kind are the fault of the plugin, and it is tried again still', async () => {
  const run = running((attempt) =>
    sourceOf({
      start() {
        if (attempt < 7) throw new TypeError('config.series is undefined');
      },
    }),
  );
  await run.clock.advance(3999);
  expect(run.states.filter((state) => state.startsWith('retrying'))).toHaveLength(4);
  await run.clock.advance(1);
  expect(run.states.at(-1)).toBe('failed: config.series is undefined');
  await run.clock.advance(1000);
  expect(run.states.at(-1)).toBe('failed: config.series is undefined');
  await run.clock.advance(1000);
  expect(run.states.at(-1)).toBe('running');
  await run.runner.stop();
});

test('errors of the system say what they are: the network may be down for days without the plugin being at fault', async () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  for (const error of [refused, new TypeError('fetch failed', { cause: refused })]) {
    const run = running(failing(error));
    await run.clock.advance(10_000);
    expect(run.states.filter((state) => !state.startsWith('retrying') && state !== 'starting')).toEqual([]);
    expect(run.attempts()).toBeGreaterThan(5);
    await run.runner.stop();
  }
});

test.each([
  ['undefined', undefined, 'it threw undefined'],
  ['null', null, 'it threw null'],
  ['text', 'no luck', 'it threw no luck'],
  ['an object without a prototype', Object.create(null) as unknown, 'it threw something that cannot be read'],
  ['an error without a message', new Error(''), 'it threw Error'],
])('whatever is thrown is survived and told: %s', async (_what, thrown, message) => {
  const run = running(() => {
    throw thrown as Error;
  });
  await run.clock.advance(0);
  expect(run.states).toEqual(['starting', `retrying: ${message}`]);
  await run.runner.stop();
});

test('an attempt that failed is aborted and stopped before the next one begins', async () => {
  const events: string[] = [];
  const run = running((attempt) =>
    sourceOf({
      start(signal) {
        events.push(`start ${attempt}`);
        signal.addEventListener('abort', () => events.push(`abort ${attempt}`));
        if (attempt === 1) throw new NotReady('no');
      },
      stop: () => void events.push(`stop ${attempt}`),
    }),
  );
  await run.clock.advance(1000);
  expect(events).toEqual(['start 1', 'abort 1', 'stop 1', 'start 2']);
  await run.runner.stop();
  expect(events.slice(4)).toEqual(['abort 2', 'stop 2']);
});

test('a failed attempt whose stop throws or hangs does not keep the next from coming', async () => {
  for (const stop of [() => hang(), () => Promise.reject(new Error('no')), throwing]) {
    const run = running((attempt) =>
      sourceOf({ start: () => (attempt === 1 ? Promise.reject(new NotReady('no')) : undefined), stop }),
    );
    await run.clock.advance(9000);
    expect(run.states.at(-1)).toBe('running');
    const stopped = run.runner.stop();
    await run.clock.advance(5000);
    await stopped;
  }
});

test('stopping waits for a start that ends with its signal, and then for the stop of the source', async () => {
  const events: string[] = [];
  const run = running(() =>
    sourceOf({
      start: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            events.push('start left');
            reject(signal.reason as Error);
          });
        }),
      stop: () => void events.push('stopped'),
    }),
  );
  await run.runner.stop();
  expect(events).toEqual(['start left', 'stopped']);
  expect(run.states).toEqual(['starting', 'stopping']);
  expect(run.left.count).toBe(0);
});

test.each([
  ['stop', sourceOf({ stop: hang })],
  ['start', sourceOf({ start: hang })],
])('a source whose %s never ends is left behind after eight seconds', async (_what, source) => {
  let life: SourceLife | undefined;
  const run = running((_attempt, given) => {
    life = given;
    return source;
  });
  await run.clock.advance(0);
  let isStopped = false;
  const stopped = run.runner.stop().then(() => (isStopped = true));
  await run.clock.advance(4999);
  expect([isStopped, life?.signal.aborted, life?.over.aborted]).toEqual([false, true, false]);
  await run.clock.advance(1);
  await stopped;
  expect([run.left.count, life?.over.aborted]).toEqual([1, true]);
});

test('a stop that throws ends the source all the same, and stopping twice is one stop', async () => {
  const stops: string[] = [];
  const run = running(() =>
    sourceOf({
      stop() {
        stops.push('stop');
        throw new Error('no');
      },
    }),
  );
  await run.clock.advance(0);
  await Promise.all([run.runner.stop(), run.runner.stop()]);
  await run.runner.stop();
  expect(stops).toEqual(['stop']);
  expect(run.states).toEqual(['starting', 'running', 'stopping']);
});

test('a source told to stop between two attempts does not try again', async () => {
  const run = running(failing(new NotReady('no')));
  await run.clock.advance(0);
  await run.runner.stop();
  await run.clock.advance(60 * MINUTES);
  expect(run.states).toEqual(['starting', 'retrying: no', 'stopping']);
});

function throwing(): never {
  throw new Error('no');
}
