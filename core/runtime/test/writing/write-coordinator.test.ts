import { expect, test } from 'vitest';
import type { LocalDay } from '../../src/day/calendar.ts';
import { existAttribute } from './desk-exist.ts';
import { attribute, desk } from './writing-desk.ts';

const HOUR = 3_600_000;

test('over ten days with a change of clocks no two periodic syncs lie within an hour, and each day is finished soon after midnight', async () => {
  for (const from of ['2026-03-24T10:00:00Z', '2026-10-20T10:17:00Z']) {
    const { store, exist, clock, coordinator, calendar } = desk([attribute('steps')], Date.parse(from));
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
    const abort = new AbortController();
    await coordinator.start(abort.signal);
    let value = 0;
    const first = clock.now();
    while (clock.now() < first + 240 * HOUR) {
      value += 1;
      store.want('steps', calendar.dayOf(clock.now()), value, clock.now());
      await clock.advance(5 * 60_000);
    }
    abort.abort();
    await coordinator.stop();
    const times = store.requests.filter(({ endpoint }) => endpoint === 'update').map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] as number));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(HOUR);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * HOUR);
    for (
      let day = calendar.dayOf(first);
      calendar.bounds(day).end < first + 239 * HOUR;
      day = calendar.dayOf(calendar.bounds(day).end) as LocalDay
    ) {
      const { end } = calendar.bounds(day);
      expect(times.some((at) => at >= end + 60_000 && at <= end + 11 * 60_000)).toBe(true);
    }
  }
});

test('a restart within the hour does not sync again; after a longer downtime one sync comes at once', async () => {
  const first = desk([attribute('steps')]);
  const run = async (current: ReturnType<typeof desk>): Promise<number> => {
    const before = current.store.requests.length;
    const abort = new AbortController();
    await current.coordinator.start(abort.signal);
    await current.clock.advance(1000);
    abort.abort();
    await current.coordinator.stop();
    return current.store.requests.length - before;
  };
  first.store.want('steps', '2026-03-10', 1, first.clock.now());
  expect(await run(first)).toBe(2);
  first.store.want('steps', '2026-03-10', 2, first.clock.now());
  const soon = desk([attribute('steps')], first.clock.now() + 10 * 60_000, first.store, first.exist);
  expect(await run(soon)).toBe(0);
  const late = desk([attribute('steps')], first.clock.now() + 61 * 60_000, first.store, first.exist);
  expect(await run(late)).toBe(1);
});

test('failures back off and the sync is made up for without another one right after', async () => {
  const { store, exist, clock, coordinator } = desk([attribute('steps')]);
  store.want('steps', '2026-03-10', 1, clock.now());
  exist.next.set(
    'acquire',
    Array.from({ length: 5 }, () => ({ status: 'unreachable' as const, message: 'no route' })),
  );
  const abort = new AbortController();
  await coordinator.start(abort.signal);
  await clock.advance(2 * HOUR);
  abort.abort();
  await coordinator.stop();
  expect(exist.count('acquire')).toBe(6);
  expect(exist.count('update')).toBe(1);
  expect(store.open.has('exist.unanswered me')).toBe(false);
});

test('a login wakes the account; without one nothing is sent', async () => {
  const { store, exist, clock, coordinator } = desk([attribute('steps')]);
  const token = store.tokenOf.get('me');
  store.tokenOf.clear();
  store.want('steps', '2026-03-10', 1, clock.now());
  const abort = new AbortController();
  await coordinator.start(abort.signal);
  await clock.advance(5 * HOUR);
  expect(exist.calls).toEqual([]);
  if (token !== undefined) store.tokenOf.set('me', token);
  await coordinator.connected('me');
  await clock.advance(1000);
  abort.abort();
  await coordinator.stop();
  expect(exist.count('update')).toBe(1);
});

test('the plan says what the next sync would send, and status when', async () => {
  const { store, clock, coordinator, exist } = desk([attribute('steps')]);
  store.want('steps', '2026-03-10', 1, clock.now());
  const plan = await coordinator.planNow('me');
  expect(plan.requests).toEqual([
    { endpoint: 'acquire', items: [{ attribute: 'steps' }] },
    { endpoint: 'update', items: [{ attribute: 'steps', date: '2026-03-10', value: 1 }] },
  ]);
  expect(coordinator.nextSync('me')).toBe(clock.now());
  expect(exist.calls).toEqual([]);
  await coordinator.sync('me');
  expect(await coordinator.status('me')).toEqual({ lastSync: undefined, usedLastHour: 2, limit: 240 });
});

test('takeovers name the service that fills an attribute now; release gives it back', async () => {
  const { store, clock, coordinator, exist } = desk([attribute('steps'), attribute('floors')]);
  exist.elsewhere = [{ ...existAttribute('steps'), service: 'fitbit', serviceLabel: 'Fitbit' }];
  expect(await coordinator.connected('me')).toEqual({
    takeovers: [{ attribute: 'steps', service: 'Fitbit' }],
    unseen: [],
  });
  store.want('steps', '2026-03-10', 1, clock.now());
  await coordinator.sync('me');
  expect(await coordinator.release('me', 'steps')).toContain('given back');
  expect(store.owned.get('steps')?.state).toBe('released');
  store.want('steps', '2026-03-10', 2, clock.now());
  expect((await coordinator.sync('me')).requests).toBe(0);
});

test('what holds an account back is told at once and gone when it has passed, also without a sync', async () => {
  const { store, clock, coordinator } = desk([attribute('steps')]);
  const abort = new AbortController();
  clock.isTrusted = false;
  await coordinator.start(abort.signal);
  await clock.advance(1000);
  expect(store.open.has('clock.untrusted me')).toBe(true);
  clock.isTrusted = true;
  await clock.advance(60_000);
  expect(store.open.has('clock.untrusted me')).toBe(false);
  store.tokenOf.clear();
  await clock.advance(20 * 60_000);
  expect(store.open.has('exist.not_connected me')).toBe(true);
  abort.abort();
  await coordinator.stop();
});
