import { expect, test } from 'vitest';
import { TODAY, ready } from './writing-desk.ts';

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
