import { expect, test } from 'vitest';
import type { LocalDay } from '../../src/day/calendar.ts';
import { DeskExist } from './desk-exist.ts';
import { DeskStore } from './desk-store.ts';
import { attribute, desk } from './writing-desk.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const OLDEST = '2025-12-01';
const DAYS = 200;

/** An Exist that takes nothing older than a day, and a history of 200 days that waits. */
function waiting(message: string, code = 'validation') {
  const store = new DeskStore();
  const exist = new DeskExist();
  exist.ours.add('steps');
  store.owned.set('steps', {
    account: 'me',
    attribute: 'steps',
    name: 'steps',
    state: 'owned',
    since: 0,
    reacquiredAt: undefined,
    reason: undefined,
  });
  for (let ago = 0; ago < DAYS; ago += 1) store.want('steps', dateOf(ago), 100 + ago, NOW);
  exist.refuseDay = (date) => (date < OLDEST ? { code, message } : undefined);
  return desk([attribute('steps')], NOW, store, exist);
}

function dateOf(ago: number): LocalDay {
  return new Date(NOW - ago * 24 * 3_600_000).toISOString().slice(0, 10) as LocalDay;
}

test('a backfill stops at the first date that Exist refuses as too old; the rest waits and is told', async () => {
  const { store, exist, coordinator } = waiting('Date is too far in the past');
  const taken = Array.from({ length: DAYS }, (_, ago) => dateOf(ago)).filter((date) => date >= OLDEST).length;
  expect(await coordinator.sync('me')).toMatchObject({ confirmed: taken, requests: Math.ceil(taken / 35) });
  const sent = exist.calls.flatMap(({ items }) => items as readonly { date: string }[]);
  expect(sent.length).toBeLessThan(taken + 35);
  expect(store.open.has('exist.value_refused steps')).toBe(false);
  expect(store.open.get('exist.too_old me')?.message).toContain('no values as old as 2025-11-30');
  const calls = exist.calls.length;
  expect((await coordinator.sync('me')).requests).toBe(0);
  expect(exist.calls.length).toBe(calls);
  // What changes later and is young enough goes as ever.
  store.want('steps', dateOf(1), 7, NOW);
  expect((await coordinator.sync('me')).confirmed).toBe(1);
  expect((await store.outbox.due('me')).length).toBeGreaterThan(0);
});

test('after a login old days are tried once more', async () => {
  const { store, exist, coordinator } = waiting('Invalid date');
  await coordinator.sync('me');
  exist.refuseDay = undefined;
  await coordinator.connected('me');
  await coordinator.sync('me');
  expect(await store.outbox.due('me')).toEqual([]);
  expect(store.open.has('exist.too_old me')).toBe(false);
});

test('a value refused for another reason stops nothing', async () => {
  const { store, coordinator } = waiting('Cannot apply a float to an integer type');
  await coordinator.sync('me');
  expect(await store.outbox.due('me')).toEqual([]);
  expect(store.open.has('exist.too_old me')).toBe(false);
  expect(store.open.has('exist.value_refused steps')).toBe(true);
});
