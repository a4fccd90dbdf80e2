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

test('every payload that looks like JSON is JSON, and each family of devices speaks', () => {
  const messages = dayOfHome({ start, end, seed: 5 });
  for (const { payload } of messages) expect(() => JSON.parse(payload)).not.toThrow();
  const families = new Set(messages.map(({ topic }) => topic.split(/[/-]/)[0]));
  expect(families).toEqual(new Set(['home', 'owntracks', 'shellyplus1pm', 'tele', 'zigbee2mqtt']));
});

test('what a day holds by construction is what its truths say', () => {
  const truths = truthsOf(dayOfHome({ start, end, seed: 6 }));
  // At work from 8:30 to 12:00 and from 13:00 to 17:12; a sample a minute, the bounds themselves are outside.
  expect(truths.deskMinutes).toBe(209 + 251);
  expect(truths.coffees).toBe(4);
});

test('a day of 23 hours is one message of the desk a minute', () => {
  const desk = dayOfHome({ start, end, seed: 7 }).filter(({ topic }) => topic === 'tele/desk/SENSOR');
  expect(desk).toHaveLength(23 * 60);
});
