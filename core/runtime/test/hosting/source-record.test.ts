import { RecordedLogger } from '@dayfold/sdk/testing';
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { SourceRecord } from '../../src/hosting/source-record.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { Problem, Problems } from '../../src/store/problems.ts';

const NOON = Date.parse('2026-03-10T12:00:00Z');

function recorded(problems: Problems = createMemoryStore().problems) {
  const clock = new FakeClock(NOON);
  const log = new RecordedLogger();
  const record = new SourceRecord('home', 'mqtt', clock, problems, log);
  return {
    record,
    clock,
    log,
    problems: async () => {
      await clock.advance(0);
      return await problems.list();
    },
    lines: () => log.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message),
  };
}

test('a state keeps its beginning while its message changes', async () => {
  const { record, clock } = recorded();
  record.set('running');
  await clock.advance(1000);
  record.degraded('no messages for an hour');
  await clock.advance(1000);
  record.degraded('no messages for two hours');
  expect(record.status()).toMatchObject({
    state: 'degraded',
    since: NOON + 1000,
    message: 'no messages for two hours',
  });
  record.ok('5 topics');
  expect(record.status()).toMatchObject({ state: 'running', since: NOON + 2000, message: '5 topics' });
});

test('while a failed source is tried again it is shown as it was, without a next attempt', () => {
  for (const state of ['retrying', 'login required', 'failed'] as const) {
    const { record } = recorded();
    record.set('starting');
    record.set(state, 'refused', NOON + 1000);
    expect(record.status()).toMatchObject({ state, nextAttempt: NOON + 1000 });
    record.set('starting');
    expect(record.status()).toMatchObject({ state, message: 'refused', nextAttempt: undefined });
  }
});

test('a loop of retries writes one line, even where its message differs each time', () => {
  const { record, lines } = recorded();
  record.set('starting');
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    record.set('retrying', `attempt ${attempt} refused`, NOON + attempt);
    record.set('starting');
  }
  expect(lines()).toEqual(['source home: retrying: attempt 1 refused']);
  expect(record.status().message).toBe('attempt 100 refused');
  record.set('running');
  expect(lines()).toEqual(['source home: retrying: attempt 1 refused', 'source home: running']);
});

test('a concern told during the start is shown once the source runs', async () => {
  const { record, problems } = recorded();
  record.set('starting');
  record.degraded('the first poll failed');
  expect(record.status().state).toBe('starting');
  record.set('running');
  expect(record.status()).toMatchObject({ state: 'degraded', message: 'the first poll failed' });
  expect(await problems()).toMatchObject([{ message: 'source home is degraded: the first poll failed' }]);
});

test('a concern of an attempt that failed is not carried into the next', () => {
  const { record } = recorded();
  record.set('starting');
  record.degraded('half connected');
  record.set('retrying', 'refused', NOON);
  record.set('starting');
  record.set('running');
  expect(record.status()).toMatchObject({ state: 'running', message: undefined });
});

test('a job that throws makes the source degraded until its next good run', () => {
  const { record } = recorded();
  const [hourly, daily] = [{}, {}];
  record.set('running');
  record.jobFailed(hourly, 'cannot read');
  record.jobFailed(daily, 'cannot count');
  expect(record.status()).toMatchObject({ state: 'degraded', message: 'cannot read' });
  record.jobDone(hourly);
  expect(record.status()).toMatchObject({ state: 'degraded', message: 'cannot count' });
  record.jobDone(daily);
  expect(record.status().state).toBe('running');
});

test('a good run does not speak for the plugin, nor the plugin for a job that throws', () => {
  const { record } = recorded();
  const job = {};
  record.set('running');
  record.degraded('the server is slow');
  record.jobDone(job);
  expect(record.status()).toMatchObject({ state: 'degraded', message: 'the server is slow' });
  record.jobFailed(job, 'cannot read');
  record.ok();
  expect(record.status()).toMatchObject({ state: 'degraded', message: 'cannot read' });
});

test('health says nothing of a source that does not run', () => {
  for (const state of ['disabled', 'invalid', 'stopping'] as const) {
    const { record } = recorded();
    record.set(state);
    record.degraded('slow');
    record.ok('fine');
    expect(record.status()).toMatchObject({ state, message: undefined });
  }
});

test.each([
  ['invalid', 'correct the source in dayfold.yaml'],
  ['retrying', 'check the address'],
  ['login required', 'check user and password'],
  ['failed', 'a fault of the plugin'],
] as const)('%s is a problem with its remedy, and is none any more when the source runs', async (state, remedy) => {
  const { record, problems } = recorded();
  record.set('starting');
  expect(await problems()).toEqual([]);
  record.set(state, 'this is why');
  expect(await problems()).toMatchObject([
    {
      code: 'source.trouble',
      subject: 'home',
      message: `source home is ${state}: this is why`,
      remedy: expect.stringContaining(remedy) as string,
    },
  ]);
  record.set('running');
  expect(await problems()).toEqual([]);
});

test('a problem that an earlier run left behind is cleared', async () => {
  const { problems } = createMemoryStore();
  await problems.raise({ code: 'source.trouble', subject: 'home', since: 1, message: 'old', remedy: 'none' });
  const desk = recorded(problems);
  desk.record.set('running');
  expect(await desk.problems()).toEqual([]);
});

test('slow stores see the changes in order, and a source that is gone leaves no problem', async () => {
  const calls: string[] = [];
  const gates: (() => void)[] = [];
  const slow: Problems = {
    async raise({ message }: Problem) {
      calls.push(message);
      await new Promise<void>((resolve) => gates.push(resolve));
    },
    async clear() {
      calls.push('clear');
      await Promise.resolve();
    },
    list: async () => await Promise.resolve([]),
  };
  const { record, clock } = recorded(slow);
  record.set('retrying', 'first');
  await clock.advance(0);
  for (const message of ['second', 'third', 'fourth']) record.set('retrying', message);
  await clock.advance(0);
  expect(calls).toEqual(['source home is retrying: first']);
  gates.shift()?.();
  await clock.advance(0);
  // What was overtaken meanwhile is not written at all.
  expect(calls.slice(1)).toEqual(['source home is retrying: fourth']);
  const cleared = record.clear();
  gates.shift()?.();
  await cleared;
  record.set('retrying', 'a late word');
  await clock.advance(0);
  expect(calls.slice(2)).toEqual(['clear']);
});

test('a problem that cannot be stored is told in the log and hurts nobody', async () => {
  const failing = (): Promise<never> => Promise.reject(new Error('disk full'));
  const { record, clock, log } = recorded({ raise: failing, clear: failing, list: failing });
  record.set('retrying', 'refused');
  await clock.advance(0);
  expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
    { message: 'the problem of source home cannot be stored', details: { error: 'Error: disk full' } },
  ]);
  await record.clear();
});

test('misfits are counted by reason with one sample each, at most twenty reasons and the rest together', () => {
  const { record, lines } = recorded();
  for (let count = 0; count < 3; count += 1) record.misfit('no value', `sample ${count}`);
  for (let reason = 0; reason < 1000; reason += 1) record.misfit(`reason ${reason}`, 'x');
  const { misfits } = record.status();
  expect(misfits[0]).toEqual({ reason: 'no value', count: 3, sample: 'sample 0' });
  expect(misfits).toHaveLength(21);
  expect(misfits.at(-1)).toEqual({ reason: 'other reasons', count: 981, sample: 'x' });
  expect(lines()).toEqual([]);
});

test('samples, reasons and messages are short and printable', () => {
  const { record } = recorded();
  const nasty = `\u001B[2J\r\n\u202E${'😀'.repeat(1000)}`;
  record.misfit(nasty, nasty);
  record.set('retrying', nasty);
  const { message = '', misfits } = record.status();
  const { reason, sample } = misfits[0] ?? { reason: '', sample: '' };
  for (const text of [message, reason, sample]) {
    expect(text.startsWith('·[2J···😀')).toBe(true);
    expect(/\p{C}/u.test(text)).toBe(false);
  }
  expect([message.length, reason.length, sample.length]).toEqual([500, 200, 200]);
});
