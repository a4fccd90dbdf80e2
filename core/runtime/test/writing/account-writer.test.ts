import { expect, test } from 'vitest';
import { existAttribute } from './desk-exist.ts';
import { TODAY, attribute, desk, ready, tokenOf } from './writing-desk.ts';
import { Secret } from '../../src/kernel/secret.ts';

test('the first sync acquires and creates once, then writes; the second sends nothing', async () => {
  const custom = attribute('tea', { template: undefined, label: 'Tea cups', group: 'food' });
  const { store, exist, clock, coordinator } = desk([attribute('steps'), custom]);
  store.want('steps', TODAY, 900, clock.now());
  store.want('tea', TODAY, 3, clock.now());
  expect(await coordinator.sync('me')).toEqual({ requests: 3, sent: 2, confirmed: 2, failed: 0 });
  expect(exist.calls.map(({ endpoint }) => endpoint)).toEqual(['acquire', 'create', 'update']);
  expect(store.owned.get('tea')).toMatchObject({ state: 'owned', name: 'Tea cups' });
  expect(store.requests.map(({ endpoint, items, outcome }) => [endpoint, items, outcome])).toEqual([
    ['acquire', 1, 'ok'],
    ['create', 1, 'ok'],
    ['update', 2, 'ok'],
  ]);
  expect((await coordinator.sync('me')).requests).toBe(0);
});

test('each item is settled by itself', async () => {
  const { store, exist, coordinator } = ready(['steps', 'floors', 'workouts']);
  exist.refuse.set('floors', { code: 'validation', message: 'Cannot apply a float' });
  exist.refuse.set('workouts', { code: 'silence', message: '' });
  expect(await coordinator.sync('me')).toMatchObject({ sent: 3, confirmed: 1, failed: 1, requests: 1 });
  expect(store.rows.get(`${TODAY} floors`)?.refused).toBe('validation: Cannot apply a float');
  expect((await store.outbox.due('me')).map((item) => item.attribute)).toEqual(['workouts']);
  expect(store.open.has('exist.value_refused floors')).toBe(true);
  expect(store.log.map(({ attribute: name, outcome }) => [name, outcome])).toEqual([
    ['steps', 'confirmed'],
    ['workouts', 'not mentioned in the answer'],
    ['floors', 'validation: Cannot apply a float'],
  ]);
});

test('an attribute that is not ours is taken back once, then the value goes', async () => {
  const { store, exist, coordinator } = ready(['steps', 'floors']);
  exist.ours.delete('steps');
  expect(await coordinator.sync('me')).toMatchObject({ confirmed: 2, requests: 3 });
  expect(exist.calls.map(({ endpoint }) => endpoint)).toEqual(['update', 'acquire', 'update']);
  expect(store.owned.get('steps')?.reacquiredAt).toBeDefined();
});

test('an attribute that was given away is not fought over until the person asks', async () => {
  const { store, exist, clock, coordinator } = ready(['steps']);
  exist.ours.delete('steps');
  exist.stolen.add('steps');
  for (let hour = 0; hour < 60; hour += 1) {
    store.want('steps', TODAY, hour, clock.now());
    await coordinator.sync('me', 'periodic');
    await clock.advance(3_600_000);
  }
  expect(exist.count('acquire')).toBe(1);
  expect(exist.count('update')).toBe(2);
  expect(store.owned.get('steps')?.state).toBe('lost');
  expect(store.open.has('exist.attribute_lost steps')).toBe(true);
  exist.stolen.clear();
  await coordinator.takeBack('me', 'steps');
  expect((await coordinator.sync('me')).confirmed).toBe(1);
  expect(store.open.has('exist.attribute_lost steps')).toBe(false);
  expect(store.owned.get('steps')).toMatchObject({ state: 'owned', reacquiredAt: undefined });
});

test('a group that may not be written waits for a login; the others go on', async () => {
  const { store, exist, clock, coordinator } = ready(['steps', 'floors']);
  exist.refuse.set('floors', { code: 'not_allowed', message: 'No permission' });
  await coordinator.sync('me');
  expect(store.open.has('exist.scope_missing activity')).toBe(true);
  store.want('floors', TODAY, 6, clock.now());
  const calls = exist.calls.length;
  await coordinator.sync('me');
  expect(exist.calls.length).toBe(calls);
  exist.refuse.clear();
  await coordinator.connected('me');
  expect((await coordinator.sync('me')).confirmed).toBe(1);
  expect(store.open.size).toBe(0);
});

test('429 stops every call of the account until its time, also after a restart', async () => {
  const { store, exist, clock, coordinator } = ready(['steps']);
  exist.next.set('update', [{ status: 'limited', retryAfterMs: 120_000 }]);
  expect((await coordinator.sync('me')).skippedReason).toContain('wait');
  const restarted = desk([attribute('steps')], clock.now(), store, exist);
  expect((await restarted.coordinator.sync('me')).requests).toBe(0);
  await restarted.clock.advance(120_000 + 61_000);
  expect((await restarted.coordinator.sync('me')).confirmed).toBe(1);
});

test('429 without a time lasts to the top of the next hour', async () => {
  const { exist, clock, coordinator } = ready(['steps']);
  exist.next.set('update', [{ status: 'limited', retryAfterMs: undefined }]);
  await coordinator.sync('me');
  await clock.advance(59 * 60_000);
  expect((await coordinator.sync('me')).requests).toBe(0);
  await clock.advance(2 * 60_000);
  expect((await coordinator.sync('me')).confirmed).toBe(1);
});

test('one poison item among 35 is found in at most 12 more calls and the others go', async () => {
  const names = Array.from({ length: 35 }, (_, index) => `a${String(index).padStart(2, '0')}`);
  for (const position of [0, 17, 34]) {
    const { store, exist, clock, coordinator } = ready(names);
    store.want(names[position] as string, TODAY, 666, clock.now());
    expect(await coordinator.sync('me')).toMatchObject({ confirmed: 34, failed: 1 });
    expect(exist.count('update')).toBeLessThanOrEqual(13);
    expect(store.rows.get(`${TODAY} ${names[position]}`)?.refused).toBe('malformed');
  }
});

test('a request that is turned away whatever is in it blames no item', async () => {
  const { store, exist, coordinator } = ready(['steps', 'floors', 'workouts']);
  exist.next.set(
    'update',
    Array.from({ length: 20 }, () => ({ status: 'rejected' as const, message: 'not found' })),
  );
  await coordinator.sync('me');
  expect((await store.outbox.due('me')).length).toBe(3);
});

test('an unclear answer keeps the value due and it arrives later', async () => {
  const { store, exist, coordinator } = ready(['steps']);
  exist.lost.set('update', 1);
  expect((await coordinator.sync('me')).skippedReason).toContain('504');
  expect((await store.outbox.due('me')).length).toBe(1);
  expect((await coordinator.sync('me')).confirmed).toBe(1);
});

test('a create whose answer was lost is looked for, not repeated', async () => {
  const { store, exist, clock, coordinator } = desk([attribute('tea', { template: undefined, label: 'tea' })]);
  store.want('tea', TODAY, 3, clock.now());
  exist.lost.set('create', 1);
  await coordinator.sync('me');
  exist.owned = async () => {
    exist.calls.push({ endpoint: 'owned', items: [] });
    return {
      status: 'answered' as const,
      attributes: [{ ...existAttribute('tea'), template: undefined }],
      requests: 1,
    };
  };
  expect((await coordinator.sync('me')).confirmed).toBe(1);
  expect(exist.count('create')).toBe(1);
});

test('what Exist calls ours already is looked for: ours it is written, else it is blocked', async () => {
  for (const isOurs of [true, false]) {
    const { store, exist, clock, coordinator } = desk([attribute('steps')]);
    store.want('steps', TODAY, 3, clock.now());
    if (isOurs) exist.ours.add('steps');
    exist.acquire = async (_token, items) => ({
      status: 'answered',
      accepted: [],
      refused: items.map((item) => ({ item, code: 'already_owned', message: 'already owned' })),
      unmentioned: [],
    });
    await coordinator.sync('me');
    expect(store.owned.get('steps')?.state).toBe(isOurs ? 'owned' : 'blocked');
    expect(exist.count('update')).toBe(isOurs ? 1 : 0);
    expect(exist.count('owned')).toBe(1);
  }
});

test('an attribute of another type at Exist is never written', async () => {
  const { store, exist, clock, coordinator } = desk([attribute('steps')]);
  store.want('steps', TODAY, 3, clock.now());
  exist.acquire = async (_token, items) => ({
    status: 'answered',
    accepted: items.map((item) => ({ item, result: { ...existAttribute('steps'), valueType: 2 } })),
    refused: [],
    unmentioned: [],
  });
  await coordinator.sync('me');
  expect(exist.count('update')).toBe(0);
  expect(store.open.get('exist.attribute_blocked steps')?.message).toContain('string');
});

test('a sync by hand says when there is room again', async () => {
  const { store, clock, coordinator } = ready(['steps']);
  for (let index = 0; index < 240; index += 1)
    store.requests.push({
      account: 'me',
      at: clock.now() - 600_000,
      endpoint: 'update',
      items: 1,
      outcome: 'ok',
      ms: 1,
    });
  expect(await coordinator.sync('me')).toMatchObject({
    requests: 0,
    skippedReason: expect.stringContaining('2026-03-10T12:50:00.000Z'),
  });
});

test('401 is answered by one refresh and one repetition', async () => {
  const { store, exist, coordinator } = ready(['steps']);
  exist.accessToken = 'other';
  expect((await coordinator.sync('me')).confirmed).toBe(1);
  expect(exist.calls.map(({ endpoint }) => endpoint)).toEqual(['update', 'refresh', 'update']);
  expect(store.tokenOf.get('me')).toMatchObject({
    accessToken: new Secret('a1'),
    refreshToken: new Secret('r1'),
    refreshIntentAt: undefined,
  });
});

test('a token that cannot be refreshed stops the account and keeps everything', async () => {
  const { store, exist, coordinator } = ready(['steps']);
  store.tokenOf.set('me', tokenOf({ refreshToken: undefined }));
  exist.accessToken = 'other';
  await coordinator.sync('me');
  expect(store.tokenOf.get('me')).toMatchObject({ dead: true, accessToken: new Secret('a0') });
  const calls = exist.calls.length;
  expect((await coordinator.sync('me')).skippedReason).toContain('no longer accepts');
  expect(exist.calls.length).toBe(calls);
  expect(store.open.has('exist.login_required me')).toBe(true);
  expect((await store.outbox.due('me')).length).toBe(1);
});
