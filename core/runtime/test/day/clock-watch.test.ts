import { expect, test } from 'vitest';
import { ClockWatch } from '../../src/day/clock-watch.ts';
import { FakeClock } from '../../src/day/fake-clock.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2026, 2, 29, 10);

test('a clock that leaps ahead is doubted until a day has passed', async () => {
  const clock = new FakeClock(NOW);
  const watch = new ClockWatch(clock, NOW - HOUR);
  expect(watch.isSteady()).toBe(true);
  clock.set(NOW + 3650 * DAY);
  expect(watch.isSteady()).toBe(false);
  await clock.advance(DAY - 1);
  expect(watch.isSteady()).toBe(false);
  await clock.advance(1);
  expect(watch.isSteady()).toBe(true);
});

test('a clock that is put right again is not doubted any longer', () => {
  const clock = new FakeClock(NOW);
  const watch = new ClockWatch(clock, undefined);
  clock.set(NOW + 3650 * DAY);
  expect(watch.isSteady()).toBe(false);
  clock.set(NOW);
  expect(watch.isSteady()).toBe(true);
});

test('a weekend without power is no leap, a month is one, and years that no earlier life saw are none', () => {
  expect(new ClockWatch(new FakeClock(NOW), NOW - 2 * DAY).isSteady()).toBe(true);
  expect(new ClockWatch(new FakeClock(NOW), NOW - 30 * DAY).isSteady()).toBe(false);
  expect(new ClockWatch(new FakeClock(NOW), undefined).isSteady()).toBe(true);
  expect(new ClockWatch(new FakeClock(NOW), NOW - 2 * DAY, DAY / 4).isSteady()).toBe(false);
});
