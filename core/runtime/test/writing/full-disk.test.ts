import { expect, test } from 'vitest';
import { StoreUnusable } from '../../src/kernel/errors.ts';
import { DeskStore } from './desk-store.ts';
import { attribute, desk } from './writing-desk.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');

test('while the disk is full nothing is sent over and over; with room again all of it arrives', async () => {
  const store = new DeskStore();
  store.want('steps', '2026-03-10', 5, NOW);
  const { exist, clock, coordinator, errors } = desk([attribute('steps')], NOW, store);
  let isFull = false;
  // It fills up between the call and the record of its answer.
  store.diesIn = (changes) => {
    isFull ||= changes.some(({ kind }) => kind === 'confirm');
    return false;
  };
  store.refuses = () => (isFull ? new StoreUnusable('store.full', 'the disk of the data folder is full') : undefined);
  await coordinator.start(new AbortController().signal);
  await clock.advance(4 * 3_600_000);
  expect(exist.count('update')).toBe(1);
  expect((await store.outbox.due('me')).length).toBe(1);
  expect(errors).toEqual(['sync of account me: the disk of the data folder is full; tried again']);

  isFull = false;
  store.diesIn = undefined;
  await clock.advance(2 * 3_600_000);
  await coordinator.stop();
  expect(await store.outbox.due('me')).toEqual([]);
  expect(exist.count('acquire')).toBe(1);
  expect(exist.count('update')).toBe(2);
});
