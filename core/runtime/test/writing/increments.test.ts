import { expect, test } from 'vitest';
import { TODAY, attribute, desk, ownedEntry, ready } from './writing-desk.ts';

test('deltas go out while the day lasts, an unclear one is told by a later total', async () => {
  for (const arrived of [true, false]) {
    const { store, exist, clock, coordinator } = ready(['coffees'], { write: 'increment' });
    await coordinator.sendIncrements();
    expect(exist.days.get(`${TODAY} coffees`)).toBe(5);
    store.want('coffees', TODAY, 7, clock.now());
    await coordinator.sendIncrements();
    expect(exist.count('increment')).toBe(1);
    await clock.advance(60_000);
    if (arrived) exist.lost.set('increment', 1);
    else exist.next.set('increment', [{ status: 'unclear', message: 'timeout' }]);
    await coordinator.sendIncrements();
    expect([...store.deltas.values()].map(({ state, delta }) => [state, delta])).toEqual([['unclear', 2]]);
    store.want('coffees', TODAY, 10, clock.now());
    await clock.advance(3_600_000);
    await coordinator.sendIncrements();
    await clock.advance(60_000);
    await coordinator.sendIncrements();
    expect(exist.days.get(`${TODAY} coffees`)).toBe(10);
    expect(store.deltas.size).toBe(0);
    expect((await coordinator.sync('me')).requests).toBe(0);
  }
});

test('a delta in doubt at the end of the day is settled by the total', async () => {
  const { store, exist, clock, coordinator } = ready(['coffees'], { write: 'increment' });
  exist.next.set('increment', [{ status: 'unclear', message: 'timeout' }]);
  await coordinator.sendIncrements();
  await clock.advance(13 * 3_600_000);
  await coordinator.sync('me', 'midnight');
  expect(exist.count('increment')).toBe(1);
  expect(exist.days.get(`${TODAY} coffees`)).toBe(5);
  expect(store.deltas.size).toBe(0);
});

test('a delta that fails is tried again by itself; totals that changed meanwhile wait for their hour', async () => {
  const { store, exist, clock, coordinator } = desk([attribute('coffees', { write: 'increment' }), attribute('steps')]);
  for (const name of ['coffees', 'steps']) {
    exist.ours.add(name);
    store.owned.set(name, ownedEntry(name));
    store.want(name, TODAY, 5, clock.now());
  }
  const abort = new AbortController();
  await coordinator.start(abort.signal);
  await clock.advance(120_000);
  expect([exist.count('update'), exist.count('increment')]).toEqual([1, 1]);
  for (const name of ['coffees', 'steps']) store.want(name, TODAY, 7, clock.now());
  exist.next.set('increment', [{ status: 'unreachable', message: 'no route' }]);
  await coordinator.sendIncrements();
  await clock.advance(16 * 60_000);
  expect(exist.days.get(`${TODAY} coffees`)).toBe(7);
  expect(exist.count('update')).toBe(1);
  await clock.advance(2 * 3_600_000);
  abort.abort();
  await coordinator.stop();
  expect(exist.days.get(`${TODAY} steps`)).toBe(7);
});
