import { expect, test } from 'vitest';
import { verdict } from '../src/verdict.ts';
import { HOUR_MS, World } from '../src/world/world.ts';

const BEGIN = { start: Date.parse('2026-06-28T22:00:00Z'), zone: 'Europe/Berlin' };

test('a message that never reached the daemon is told as lost, one that nobody sent as doubled', async () => {
  await using world = await World.begin(1, BEGIN);
  await world.driver.advance(2 * HOUR_MS);
  const at = world.nextTime();
  world.oracle.sent({ series: 'drops', key: String(at), value: 7, at });
  await world.broker.publish('faults/steps', JSON.stringify({ v: 9, at: new Date(at + 1).toISOString() }));
  await world.driver.advance(2 * HOUR_MS);
  const { lost, doubled } = await verdict(world);
  expect(lost).toEqual([
    `journal: drops ${at}`,
    'day: drops 2026-06-29 is absent for 7',
    'Exist: drops 2026-06-29 is absent for 7',
  ]);
  expect(doubled).toEqual([
    `journal: steps ${at + 1} (1 times)`,
    'day: steps 2026-06-29 is 9 for none',
    'Exist: steps 2026-06-29 is 9 for none',
  ]);
});
