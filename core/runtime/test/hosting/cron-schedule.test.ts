import { expect, test, vi } from 'vitest';
import type { Clock } from '../../src/day/clock.ts';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { SystemClock } from '../../src/day/system-clock.ts';
import { CronSchedule } from '../../src/hosting/cron-schedule.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A schedule with what its jobs reported, and a run that notes when it was called. */
function scheduled(at: string, clock: Clock & Partial<FakeClock> = new FakeClock(Date.parse(at))) {
  const place = { zone: 'Europe/Berlin' };
  const lifetime = new AbortController();
  const failures: string[] = [];
  const runs: string[] = [];
  const schedule = new CronSchedule(
    clock,
    () => place.zone,
    { failed: (_job, error) => failures.push((error as Error).message), done: () => failures.push('done') },
    lifetime.signal,
  );
  return {
    schedule,
    clock: clock as FakeClock,
    place,
    lifetime,
    failures,
    runs,
    run: () => void runs.push(new Date(clock.now()).toISOString()),
    signal: new AbortController().signal,
  };
}

test('an interval runs at once and then again and again', async () => {
  const { schedule, clock, signal, runs, run } = scheduled('2026-03-10T12:00:00Z');
  schedule.every(HOUR, signal, run);
  await clock.advance(2.5 * HOUR);
  expect(runs).toEqual(['2026-03-10T12:00:00.000Z', '2026-03-10T13:00:00.000Z', '2026-03-10T14:00:00.000Z']);
});

test('a job that takes time keeps its interval, and turns that come meanwhile pass', async () => {
  const { schedule, clock, signal, runs, run } = scheduled('2026-03-10T12:00:00Z');
  const takes = [0.5, 2.2, 0, 0];
  schedule.every(HOUR, signal, async () => {
    run();
    await clock.sleep((takes.shift() ?? 0) * HOUR);
  });
  await clock.advance(5 * HOUR);
  // 14:00 and 15:00 pass: the run of 13:00 lasts until 15:12.
  expect(runs.map((at) => at.slice(11, 16))).toEqual(['12:00', '13:00', '16:00', '17:00']);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('an interval of %s is refused', (ms) => {
  const { schedule, signal, run } = scheduled('2026-03-10T12:00:00Z');
  expect(() => schedule.every(ms, signal, run)).toThrow(
    expect.objectContaining({ code: 'plugin.config_invalid' }) as Error,
  );
});

test('a cron job runs at its time in the zone of the user', async () => {
  const { schedule, clock, signal, runs, run } = scheduled('2026-03-10T12:00:00Z');
  schedule.cron('15 6 * * *', signal, run);
  await clock.advance(2 * DAY);
  expect(runs).toEqual(['2026-03-11T05:15:00.000Z', '2026-03-12T05:15:00.000Z']);
});

test('a cron job follows the user into another zone', async () => {
  const { schedule, clock, place, signal, runs, run } = scheduled('2026-03-10T12:00:00Z');
  schedule.cron('0 6 * * *', signal, run);
  await clock.advance(DAY);
  place.zone = 'Asia/Tokyo';
  await clock.advance(DAY);
  place.zone = 'America/New_York';
  await clock.advance(DAY);
  expect(runs).toEqual([
    '2026-03-11T05:00:00.000Z', // 06:00 in Berlin
    '2026-03-11T21:00:00.000Z', // 06:00 in Tokyo
    '2026-03-13T10:00:00.000Z', // 06:00 in New York
  ]);
});

test('a turn that falls into the minute in which the zone changes is not lost', async () => {
  const { schedule, clock, place, signal, runs, run } = scheduled('2026-03-10T21:59:30Z');
  schedule.cron('0 7 * * *', signal, run);
  await clock.advance(20_000);
  place.zone = 'Asia/Tokyo';
  await clock.advance(60_000);
  // 07:00 in Tokyo is 22:00 UTC: ten seconds after the change.
  expect(runs).toHaveLength(1);
});

test('a turn in the hour that the night skips comes at its end, one in the hour that comes twice comes once', async () => {
  const spring = scheduled('2026-03-28T12:00:00Z');
  spring.schedule.cron('30 2 * * *', spring.signal, spring.run);
  await spring.clock.advance(2 * DAY);
  expect(spring.runs).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
  const autumn = scheduled('2026-10-24T12:00:00Z');
  autumn.schedule.cron('30 2 * * *', autumn.signal, autumn.run);
  await autumn.clock.advance(2 * DAY);
  expect(autumn.runs).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
});

test('every half hour goes on through both nights when clocks change', async () => {
  for (const midnight of ['2026-03-28T23:00:00Z', '2026-10-24T22:00:00Z']) {
    const { schedule, clock, signal, runs, run } = scheduled(midnight);
    schedule.cron('*/30 * * * *', signal, run);
    await clock.advance(6 * HOUR);
    expect(runs).toHaveLength(12);
  }
});

test('turns that come while a cron job is still running pass', async () => {
  const { schedule, clock, signal, runs, run } = scheduled('2026-03-10T11:30:00Z');
  schedule.cron('0 * * * *', signal, async () => {
    run();
    if (runs.length === 1) await clock.sleep(2.5 * HOUR);
  });
  await clock.advance(4 * HOUR);
  expect(runs.map((at) => at.slice(11, 16))).toEqual(['12:00', '15:00']);
});

test('a clock that is set does not repeat a turn, and one that was far ahead does not silence the job', async () => {
  const { schedule, clock, signal, runs, run } = scheduled('2026-03-10T11:59:30Z');
  schedule.cron('0 * * * *', signal, run);
  await clock.advance(40_000);
  expect(runs).toHaveLength(1);
  clock.set(clock.now() - 30_000);
  await clock.advance(60_000);
  expect(runs).toHaveLength(1);
  clock.set(Date.parse('2031-01-01T00:10:00Z'));
  await clock.advance(60_000);
  clock.set(Date.parse('2026-03-10T12:30:00Z'));
  const before = runs.length;
  await clock.advance(HOUR);
  expect(runs.slice(before)).toEqual(['2026-03-10T13:00:00.000Z']);
});

test('turns missed while the machine slept come once', async () => {
  const { schedule, clock, signal, runs, run } = scheduled('2026-03-10T11:59:00Z');
  schedule.cron('0 * * * *', signal, run);
  await clock.advance(1000);
  clock.set(Date.parse('2026-03-10T16:20:00Z'));
  await clock.advance(60_000);
  expect(runs).toHaveLength(1);
  await clock.advance(HOUR);
  expect(runs).toHaveLength(2);
});

test.each(['abc', '', '61 * * * *', '* * * *'])('"%s" is refused with the next step', (expression) => {
  const { schedule, signal, run } = scheduled('2026-03-10T12:00:00Z');
  expect(() => schedule.cron(expression, signal, run)).toThrow(
    expect.objectContaining({
      code: 'plugin.config_invalid',
      message: expect.stringMatching(
        /is not a cron expression: .*; write minute, hour, day, month and weekday/,
      ) as string,
    }) as Error,
  );
});

test.each(['0 0 30 2 *', '2020-01-01T00:00:00'])('"%s", which never comes, is refused', (expression) => {
  const { schedule, signal, run } = scheduled('2026-03-10T12:00:00Z');
  expect(() => schedule.cron(expression, signal, run)).toThrow('never comes true again');
});

test('jobs end with their signal and with the life of the source, also in the middle of a wait', async () => {
  const { schedule, clock, lifetime, failures, runs, run } = scheduled('2026-03-10T12:00:00Z');
  const own = new AbortController();
  schedule.every(HOUR, own.signal, run);
  schedule.cron('30 * * * *', lifetime.signal, run);
  await clock.advance(HOUR);
  expect(runs).toHaveLength(3);
  own.abort();
  await clock.advance(HOUR);
  expect(runs).toHaveLength(4);
  lifetime.abort();
  await clock.advance(DAY);
  expect(runs).toHaveLength(4);
  // Four good runs and two jobs that ended.
  expect(failures).toEqual(Array(6).fill('done'));
});

test('a run that throws is reported and the next one comes; one that throws because it was ended is not', async () => {
  const { schedule, clock, failures, lifetime } = scheduled('2026-03-10T12:00:00Z');
  let runs = 0;
  schedule.every(HOUR, lifetime.signal, () => {
    runs += 1;
    if (runs === 1) throw new Error('at once');
    if (runs === 2) return Promise.reject(new Error('later'));
    return runs === 3 ? undefined : clock.sleep(HOUR, lifetime.signal);
  });
  await clock.advance(3 * HOUR);
  expect(failures).toEqual(['at once', 'later', 'done']);
  lifetime.abort();
  await clock.advance(0);
  expect(failures).toEqual(['at once', 'later', 'done', 'done']);
});

test('an interval longer than a timer can be is kept on the clock of the machine', async () => {
  vi.useFakeTimers();
  try {
    const { schedule, lifetime, runs, run } = scheduled('', new SystemClock());
    schedule.every(60 * DAY, lifetime.signal, run);
    await vi.advanceTimersByTimeAsync(59 * DAY);
    expect(runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1 * DAY);
    expect(runs).toHaveLength(2);
    lifetime.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
