import { expect, test } from 'vitest';
import { attribute, desk, tokenOf } from './writing-desk.ts';
import { Secret } from '../../src/kernel/secret.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-10T12:00:00Z');

function connected() {
  const all = desk([attribute('steps')], NOW);
  all.store.tokenOf.set('me', tokenOf({ connectedAt: NOW }));
  return all;
}

test('the profile is looked at once a day, with a sync, and a new zone is kept beside the token', async () => {
  const { store, exist, clock, coordinator } = connected();
  exist.zone = 'Asia/Tokyo';
  for (let hour = 0; hour <= 48; hour += 1) {
    if (hour > 0) await clock.advance(HOUR);
    await coordinator.sync('me', 'periodic');
    if (hour === 22) expect(store.tokenOf.get('me')?.timezone).toBe('Europe/Berlin');
  }
  expect(store.tokenOf.get('me')).toMatchObject({
    timezone: 'Asia/Tokyo',
    username: 'ada',
    accessToken: new Secret('a0'),
  });
  expect(exist.count('profile')).toBe(2);
});

test('a sync by hand does not look', async () => {
  const { exist, clock, coordinator } = connected();
  await clock.advance(100 * HOUR);
  await coordinator.sync('me', 'user');
  expect(exist.count('profile')).toBe(0);
});

test('clocks that disagree are told, until they agree', async () => {
  const { store, exist, clock, coordinator } = connected();
  await clock.advance(24 * HOUR);
  exist.localTime = '2026-03-11T15:00:00.000000+01:00';
  await coordinator.sync('me', 'periodic');
  expect(store.open.get('clock.differs me')?.message).toContain('120 minutes apart');
  await clock.advance(24 * HOUR);
  exist.localTime = '2026-03-12T13:04:00.000000+01:00';
  await coordinator.sync('me', 'periodic');
  expect(store.open.has('clock.differs me')).toBe(false);
});

test('a profile that cannot be had is asked for with the next sync, and nothing else suffers', async () => {
  const { store, exist, clock, coordinator } = connected();
  await clock.advance(24 * HOUR);
  store.want('steps', '2026-03-11', 5, clock.now());
  exist.next.set('profile', [{ status: 'unclear', message: '504' }]);
  expect(await coordinator.sync('me', 'periodic')).toMatchObject({ confirmed: 1 });
  await clock.advance(HOUR);
  await coordinator.sync('me', 'periodic');
  expect(exist.count('profile')).toBe(2);
});

test('a login can be examined at any time with one call that is counted, and a refused one is said to be dead', async () => {
  const { store, exist, coordinator } = connected();
  exist.zone = 'Asia/Tokyo';
  expect(await coordinator.examine('me')).toMatchObject({ status: 'answered', profile: { timezone: 'Asia/Tokyo' } });
  expect(exist.count('profile')).toBe(1);
  expect(await coordinator.status('me')).toMatchObject({ usedLastHour: 1 });
  exist.next.set('profile', [{ status: 'unauthorised' }]);
  exist.next.set('refresh', [{ status: 'rejected', message: 'invalid_grant' }]);
  expect(await coordinator.examine('me')).toEqual({ status: 'unauthorised' });
  expect(store.tokenOf.get('me')?.dead).toBe(true);
  expect(await coordinator.examine('me')).toEqual({ status: 'unauthorised' });
  expect(exist.count('profile')).toBe(2);
});

test('a login that was restored is tried once and refreshed at most once before only a new login helps', async () => {
  const { store, exist, clock, coordinator } = connected();
  store.tokenOf.set('me', tokenOf({ connectedAt: NOW, refreshIntentAt: NOW }));
  exist.next.set('profile', [{ status: 'unauthorised' }]);
  exist.next.set('refresh', [{ status: 'rejected', message: 'invalid_grant' }]);
  for (let hour = 0; hour < 5; hour += 1) {
    await clock.advance(HOUR);
    store.want('steps', '2026-03-10', hour + 1, clock.now());
    await coordinator.sync('me', 'periodic');
  }
  expect([exist.count('profile'), exist.count('refresh')]).toEqual([1, 1]);
  expect(store.tokenOf.get('me')).toMatchObject({ dead: true, accessToken: new Secret('a0') });
  expect(store.open.has('exist.login_required me')).toBe(true);
});
