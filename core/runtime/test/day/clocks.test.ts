import { expect, test, vi } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { SystemClock } from '../../src/day/system-clock.ts';

const DAY = 24 * 3_600_000;

test('a clock in 1970, or well before what was stored, is not trusted', () => {
  vi.useFakeTimers({ now: 0 });
  try {
    const clock = new SystemClock();
    expect(clock.trusted()).toBe(false);
    vi.setSystemTime(Date.UTC(2026, 5, 10));
    expect(clock.trusted()).toBe(true);
    clock.notBefore = Date.UTC(2026, 5, 10) + DAY / 2;
    expect(clock.trusted()).toBe(true);
    clock.notBefore = Date.UTC(2026, 5, 10) + 2 * DAY;
    expect(clock.trusted()).toBe(false);
    expect(new SystemClock(Date.UTC(2026, 5, 12)).trusted()).toBe(false);
    // What was stored while the clock was years ahead does not hold everything back for years.
    vi.advanceTimersByTime(DAY);
    expect(new SystemClock(Date.UTC(2036, 5, 12)).trusted()).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test('a sleep of forty days does not end at once', async () => {
  vi.useFakeTimers({ now: 0 });
  try {
    let isAwake = false;
    const sleep = new SystemClock().sleep(40 * DAY).then(() => (isAwake = true));
    await vi.advanceTimersByTimeAsync(39 * DAY);
    expect(isAwake).toBe(false);
    await vi.advanceTimersByTimeAsync(DAY);
    await sleep;
    expect(isAwake).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('a sleep ends with the reason of its signal and leaves no timer', async () => {
  vi.useFakeTimers({ now: 0 });
  try {
    const abort = new AbortController();
    const sleep = new SystemClock().sleep(1000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(new SystemClock().sleep(1000, abort.signal)).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('the fake clock wakes sleepers in order and shows each its own time', async () => {
  const clock = new FakeClock(1000);
  const woken: [string, number][] = [];
  void clock.sleep(20).then(() => woken.push(['late', clock.now()]));
  void clock.sleep(10).then(async () => {
    woken.push(['early', clock.now()]);
    await clock.sleep(5);
    woken.push(['again', clock.now()]);
  });
  await clock.advance(30);
  expect(woken).toEqual([
    ['early', 1010],
    ['again', 1015],
    ['late', 1020],
  ]);
  clock.set(5);
  expect([clock.now(), clock.monotonic()]).toEqual([5, 30]);
});
