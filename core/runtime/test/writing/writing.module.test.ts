import { Container } from 'inversify';
import 'reflect-metadata';
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { createCalendar } from '../../src/day/zoned-calendar.ts';
import { Service } from '../../src/kernel/service.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { ConnectFlow } from '../../src/writing/connect.ts';
import { WriteCoordinator } from '../../src/writing/write-coordinator.ts';
import { WritingParts } from '../../src/writing/writing-parts.ts';
import { writingModule } from '../../src/writing/writing.module.ts';
import { DeskExist } from './desk-exist.ts';
import { attribute } from './writing-desk.ts';
import { Secret } from '../../src/kernel/secret.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const ACCOUNT = { name: 'me', clientId: 'id', clientSecret: new Secret('secret') };

/** The room alone: the store in memory, an Exist of a few lines, nothing of the other rooms. */
function room() {
  const store = createMemoryStore();
  const exist = new DeskExist();
  const clock = new FakeClock(NOW);
  const container = new Container();
  container.load(writingModule);
  container.bind(WritingParts).toConstantValue({
    store,
    gateway: exist,
    clock,
    calendar: createCalendar({ zones: [{ from: 0, zone: 'Europe/Berlin' }], dayStartsMin: 0 }),
    random: () => 0.5,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined },
    beforeSync: async () => {
      const day = { attribute: 'steps', date: '2026-03-10', account: 'me', readings: 1 } as const;
      await store.attributeDays.settle([{ ...day, wanted: 900 }], clock.now());
    },
    settings: {
      attributes: [attribute('steps')],
      exist: {
        url: 'https://exist.test',
        redirectUri: 'http://localhost:8373/connect/callback',
        syncEveryMs: 3_600_000,
        lateMs: 30 * 24 * 3_600_000,
        accounts: [ACCOUNT],
      },
    },
  });
  return { store, exist, clock, container };
}

test('the room builds a coordinator that works, from a store, a gateway, a clock and the settings', async () => {
  const { store, exist, container } = room();
  const coordinator = container.get(WriteCoordinator);
  expect((await coordinator.sync('me')).skippedReason).toContain('not connected');
  await container.get(ConnectFlow).acceptToken('me', 'a0');
  await coordinator.connected('me');
  expect(await coordinator.sync('me')).toEqual({ requests: 2, sent: 1, confirmed: 1, failed: 0 });
  expect(exist.days.get('2026-03-10 steps')).toBe(900);
  expect(await store.attributeDays.get('steps', '2026-03-10')).toMatchObject({ confirmed: 900 });
  expect((await store.requestLog.since('me', 0)).map(({ endpoint }) => endpoint)).toEqual([
    'profile',
    'attributes',
    'owned',
    'acquire',
    'update',
  ]);
  expect((await coordinator.status('me')).usedLastHour).toBe(5);
});

test('the coordinator is one, and it is what runs: started it syncs by itself, stopped it is still', async () => {
  const { exist, clock, container } = room();
  const coordinator = container.get(WriteCoordinator);
  expect(container.get(WriteCoordinator)).toBe(coordinator);
  expect(container.getAll(Service)).toEqual([coordinator]);
  await container.get(ConnectFlow).acceptToken('me', 'a0');
  await coordinator.connected('me');
  await coordinator.start(new AbortController().signal);
  await clock.advance(1000);
  expect(exist.count('update')).toBe(1);
  await coordinator.stop();
  await clock.advance(48 * 3_600_000);
  expect(exist.count('update')).toBe(1);
});
