import type { AttributeConfiguration } from '../../src/config/configuration.ts';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { createCalendar } from '../../src/day/zoned-calendar.ts';
import type { LedgerEntry, Token } from '../../src/store/accounts.ts';
import { WriteCoordinator } from '../../src/writing/write-coordinator.ts';
import { DeskExist } from './desk-exist.ts';
import { DeskStore } from './desk-store.ts';
import { Secret } from '../../src/kernel/secret.ts';

/** Where the desk's clock begins. */
export const TODAY = '2026-03-10';

export function attribute(name: string, changes: Partial<AttributeConfiguration> = {}): AttributeConfiguration {
  return {
    name,
    account: 'me',
    from: [`home.${name}`],
    combine: 'first',
    fold: { kind: 'sum' },
    when: undefined,
    span: 'end',
    staleMs: 1,
    unit: undefined,
    scale: 1,
    offset: 0,
    round: undefined,
    write: 'total',
    template: name,
    label: name,
    group: 'activity',
    type: 'integer',
    targetUnit: undefined,
    ...changes,
  };
}

export function tokenOf(changes: Partial<Token> = {}): Token {
  return {
    account: 'me',
    accessToken: new Secret('a0'),
    refreshToken: new Secret('r0'),
    expiresAt: undefined,
    scopes: [],
    refreshIntentAt: undefined,
    dead: false,
    username: 'ada',
    timezone: 'Europe/Berlin',
    connectedAt: 0,
    ...changes,
  };
}

/** Everything for one test: a store, an Exist, a clock and the coordinator between them. */
export function desk(
  attributes: readonly AttributeConfiguration[],
  now = Date.parse('2026-03-10T12:00:00Z'),
  store = new DeskStore(),
  exist = new DeskExist(),
) {
  const clock = new FakeClock(now);
  const account = { name: 'me', clientId: 'id', clientSecret: new Secret('secret') };
  const calendar = createCalendar({ zones: [{ from: 0, zone: 'Europe/Berlin' }], dayStartsMin: 0 });
  if (store.tokenOf.size === 0) store.tokenOf.set('me', tokenOf({ connectedAt: now }));
  const day = 24 * 3_600_000;
  const errors: string[] = [];
  const coordinator = new WriteCoordinator({
    store: store.ports,
    gateway: exist,
    clock,
    calendar,
    random: () => 0.5,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (message: string) => void errors.push(message),
      debug: () => undefined,
    },
    beforeSync: async () => undefined,
    settings: {
      attributes,
      exist: {
        url: 'https://exist.test',
        redirectUri: 'http://localhost:8373/connect/callback',
        syncEveryMs: 3_600_000,
        lateMs: 30 * day,
        accounts: [account],
      },
    },
  });
  return { store, exist, clock, coordinator, calendar, errors };
}

/** Ours, and never taken back. */
export function ownedEntry(name: string): LedgerEntry {
  return {
    account: 'me',
    attribute: name,
    name,
    state: 'owned',
    since: 0,
    reacquiredAt: undefined,
    reason: undefined,
  };
}

/** A desk where `names` are owned and hold one value each for today. */
export function ready(names: readonly string[], changes: Parameters<typeof attribute>[1] = {}) {
  const all = desk(names.map((name) => attribute(name, changes)));
  for (const name of names) {
    all.exist.ours.add(name);
    all.store.owned.set(name, ownedEntry(name));
    all.store.want(name, TODAY, 5, all.clock.now());
  }
  return all;
}
