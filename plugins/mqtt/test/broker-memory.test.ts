import type { Aedes } from 'aedes';
import { expect, test } from 'vitest';
import { limitMemory, mayKeep } from '../src/broker-memory.ts';
import type { Persistence } from '../src/broker-memory.ts';

const MB = 1024 * 1024;

/** What aedes would keep, as far as it is let. */
function persistenceWith(clientsCount: number, subsCount: number) {
  const kept = { retained: [] as string[], waiting: [] as string[] };
  const persistence: Persistence = {
    storeRetained: async ({ topic }) => void kept.retained.push(topic),
    outgoingEnqueueCombi: async (clients) => void kept.waiting.push(...clients.map(({ clientId }) => clientId)),
    outgoingClearMessageId: async () => await Promise.resolve(undefined),
    subscriptionsByClient: async () => await Promise.resolve([{ topic: 'known' }]),
    countOffline: async () => await Promise.resolve({ clientsCount, subsCount }),
  };
  return { kept, persistence: limitMemory({ persistence, clients: {} } as unknown as Aedes) };
}

test('beyond 1,000 sessions or 10,000 subscriptions no further one is kept, and those there are come back', async () => {
  const keeps = async (sessions: number, subscriptions: number, topic: string): Promise<boolean> =>
    await mayKeep(persistenceWith(sessions, subscriptions).persistence, 'me', topic);
  expect(await keeps(999, 9999, 'new')).toBe(true);
  expect(await keeps(1000, 0, 'new')).toBe(false);
  expect(await keeps(0, 10_000, 'new')).toBe(false);
  expect(await keeps(1000, 10_000, 'known')).toBe(true);
});

test('retained and waiting messages take 64 MB each at the most', async () => {
  const { persistence, kept } = persistenceWith(0, 0);
  const payload = Buffer.alloc(MB);
  for (let index = 0; index < 70; index += 1) {
    await persistence.storeRetained({ topic: `t${index}`, payload });
    await persistence.outgoingEnqueueCombi([{ clientId: `c${index}` }], { topic: 't', payload });
  }
  expect(kept.retained).toHaveLength(64);
  expect(kept.waiting).toHaveLength(64);
  await persistence.storeRetained({ topic: 't0', payload: Buffer.alloc(0) });
  await persistence.storeRetained({ topic: 't70', payload });
  expect(kept.retained.at(-1)).toBe('t70');
});
