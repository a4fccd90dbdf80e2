import { UndiciExistGateway } from '@dayfold/exist';
import { startExistTwin } from '@dayfold/exist-twin';
import { expect, test } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { createCalendar } from '../../src/day/zoned-calendar.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { ConnectFlow } from '../../src/writing/connect.ts';
import { WriteCoordinator } from '../../src/writing/write-coordinator.ts';
import { attribute } from './writing-desk.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const CALLBACK = 'http://localhost:8373/connect/callback';

/** The room against the stand-in for Exist, where another service fills the steps. */
async function connecting() {
  const clock = new FakeClock(NOW);
  const twin = await startExistTwin({ now: () => clock.now(), redirectUris: [CALLBACK] });
  twin.fill('steps', 'oura', 'Oura');
  const store = createMemoryStore();
  await store.attributeDays.settle(
    ['steps', 'mood'].map((name) => ({ attribute: name, date: '2026-03-10', account: 'me', readings: 1, wanted: 5 })),
    NOW,
  );
  const attributes = [attribute('steps'), attribute('mood', { group: 'mood', type: 'scale' })];
  const { clientId, clientSecret } = twin.client;
  const account = { name: 'me', clientId, clientSecret: new Secret(clientSecret) };
  const parts = {
    store,
    gateway: new UndiciExistGateway({ url: twin.url }),
    clock,
    calendar: createCalendar({ zones: [{ from: 0, zone: 'Europe/Berlin' }], dayStartsMin: 0 }),
    random: () => 0.5,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined },
    beforeSync: async () => undefined,
    settings: {
      attributes,
      exist: {
        url: twin.url,
        redirectUri: CALLBACK,
        syncEveryMs: 3_600_000,
        lateMs: 30 * 24 * 3_600_000,
        accounts: [account],
      },
    },
  };
  const flow = new ConnectFlow(parts);
  const login = async (): Promise<void> => {
    const { url } = await flow.begin({ account: 'me', client: account, redirectUri: CALLBACK, attributes });
    const { headers } = await fetch(`${url}&approve=1`, { redirect: 'manual' });
    await flow.finish({ answer: headers.get('location') ?? '', accounts: [account] });
  };
  const acquires = () => twin.requests().filter(({ endpoint }) => endpoint === 'acquire').length;
  return { clock, twin, store, flow, login, acquires, coordinator: new WriteCoordinator(parts) };
}

test('a login with a running daemon shows what is taken over a minute before the first acquire', async () => {
  const { clock, twin, flow, acquires, coordinator } = await connecting();
  await using _ = twin;
  await coordinator.start(new AbortController().signal);
  const scopes = ['activity_read', 'activity_write', 'mood_read', 'mood_write'];
  await flow.acceptToken('me', JSON.stringify(twin.issueToken({ scopes })));
  // The token is there and the takeovers are not shown yet: a sync that begins now acquires nothing.
  await coordinator.sync('me');
  expect(acquires()).toBe(0);
  expect(await coordinator.connected('me')).toEqual({
    takeovers: [{ attribute: 'steps', service: 'Oura' }],
    unseen: [],
  });
  await coordinator.sync('me', 'periodic');
  expect(acquires()).toBe(0);
  await clock.advance(59_000);
  expect(acquires()).toBe(0);
  await clock.advance(2_000);
  await coordinator.stop();
  expect(acquires()).toBe(1);
  expect(twin.values()).toEqual({ steps: { '2026-03-10': 5 }, mood: { '2026-03-10': 5 } });
});

test('without a running daemon they are shown, and the next sync acquires', async () => {
  const { twin, login, acquires, coordinator } = await connecting();
  await using _ = twin;
  await login();
  await coordinator.sync('me');
  expect(acquires()).toBe(0);
  // Least scopes: this login may write but not read, so whose the attributes are is not told.
  expect(await coordinator.connected('me')).toEqual({ takeovers: [], unseen: ['steps', 'mood'] });
  expect(acquires()).toBe(0);
  expect(await coordinator.sync('me')).toMatchObject({ confirmed: 2 });
  expect(acquires()).toBe(1);
});

test('where nothing is taken over and all of it can be seen there is nothing to wait for', async () => {
  const { clock, twin, store, flow, coordinator } = await connecting();
  await using _ = twin;
  twin.account.attributes.clear();
  await coordinator.start(new AbortController().signal);
  const scopes = ['activity_read', 'activity_write', 'mood_read', 'mood_write'];
  await flow.acceptToken('me', JSON.stringify(twin.issueToken({ scopes })));
  expect(await coordinator.connected('me')).toEqual({ takeovers: [], unseen: [] });
  await coordinator.sync('me');
  expect(await store.outbox.due('me')).toEqual([]);
  await clock.advance(1);
  await coordinator.stop();
});
