import { expect, test } from 'vitest';
import { dayOfHome, truthsOf } from '../src/index.ts';

const start = Date.UTC(2026, 2, 28, 23);
const end = Date.UTC(2026, 2, 29, 22);

test('the same seed gives the same day, another seed another', () => {
  expect(dayOfHome({ start, end, seed: 1 })).toEqual(dayOfHome({ start, end, seed: 1 }));
  expect(dayOfHome({ start, end, seed: 2 })).not.toEqual(dayOfHome({ start, end, seed: 1 }));
});

test('messages lie inside the day and come in time order', () => {
  const times = dayOfHome({ start, end, seed: 3 }).map(({ time }) => time);
  expect(times.every((time) => time >= start && time < end)).toBe(true);
  expect(times).toEqual(times.toSorted((left, right) => left - right));
});

test('a day is plausible', () => {
  const truths = truthsOf(dayOfHome({ start, end, seed: 4 }));
  expect(truths.messages).toBeGreaterThan(1500);
  expect(truths.fridgeOpens).toBeGreaterThanOrEqual(8);
  expect(truths.kitchenMax).toBeGreaterThan(20);
  expect(truths.energyKwh).toBeGreaterThan(0.3);
  expect(truths.steps).toBeGreaterThan(1000);
});
