import { expect, test } from 'vitest';
import type { Change } from '../../src/store/changes.ts';
import { DeskExist } from './desk-exist.ts';
import { DeskStore } from './desk-store.ts';
import { attribute, desk, tokenOf } from './writing-desk.ts';

const NOW = Date.parse('2026-03-10T12:00:00Z');
const TODAY = '2026-03-10';
const ATTRIBUTES = [
  attribute('steps'),
  attribute('floors'),
  attribute('tea', { template: undefined, label: 'tea', group: 'food' }),
  attribute('coffees', { write: 'increment' }),
];

/** Something of everything: acquire, create, values taken, one refused, one lost once, a delta. */
function begun() {
  const store = new DeskStore();
  const exist = new DeskExist();
  for (const { name } of ATTRIBUTES) store.want(name, TODAY, 5, NOW);
  store.want('steps', '2026-03-09', 4, NOW);
  exist.ours.add('floors');
  store.owned.set('floors', {
    account: 'me',
    attribute: 'floors',
    name: 'floors',
    state: 'owned',
    since: 0,
    reacquiredAt: undefined,
    reason: undefined,
  });
  exist.refuse.set('floors', { code: 'validation', message: 'no float' });
  return { store, exist };
}

/** As a restart of the daemon: nothing is left but what is stored. */
async function synced(store: DeskStore, exist: DeskExist): Promise<void> {
  const { coordinator } = desk(ATTRIBUTES, NOW, store, exist);
  await coordinator.sync('me', 'user', { force: true });
}

function endOf(store: DeskStore, exist: DeskExist) {
  return {
    rows: [...store.rows.values()].map(({ attribute: name, date, confirmed, refused }) => [
      `${name} ${date}`,
      confirmed,
      refused,
    ]),
    owned: Object.fromEntries([...store.owned.values()].map(({ attribute: name, state }) => [name, state])),
    problems: [...store.open.keys()].sort(),
    deltas: [...store.deltas.values()].map(({ state }) => state),
    days: Object.fromEntries(exist.days),
  };
}

test('the answer to a call, its entry in the request log and all it changes are one record', async () => {
  const { store, exist } = begun();
  await synced(store, exist);
  const answers = store.records.filter((changes) => changes.some(({ kind }) => kind === 'request'));
  expect(answers.map((changes) => endpointOf(changes))).toEqual(exist.calls.map(({ endpoint }) => endpoint));
  const kinds = (endpoint: string) =>
    answers.find((changes) => endpointOf(changes) === endpoint)?.map(({ kind }) => kind) ?? [];
  expect(kinds('update')).toEqual(
    expect.arrayContaining(['request', 'confirm', 'sent', 'clear', 'sent', 'refuse', 'raise']),
  );
  expect(kinds('acquire')).toEqual(expect.arrayContaining(['request', 'ledger']));
  expect(kinds('create')).toEqual(expect.arrayContaining(['request', 'ledger']));
  expect(kinds('increment')).toEqual(['request', 'increment', 'sent']);
});

test('a process that dies in any record ends, started again, where an undisturbed one does', async () => {
  const undisturbed = begun();
  await synced(undisturbed.store, undisturbed.exist);
  const records = undisturbed.store.records.length;
  expect(records).toBeGreaterThan(5);
  for (let fatal = 0; fatal < records; fatal += 1) {
    const { store, exist } = begun();
    let passed = 0;
    store.diesIn = () => passed++ === fatal;
    await expect(synced(store, exist), `record ${fatal}`).rejects.toThrow('died');
    store.diesIn = undefined;
    // The death was before the record: the request is not in the log, nor anything it changed.
    expect(store.requests.length, `record ${fatal}`).toBeLessThan(exist.calls.length + 1);
    await synced(store, exist);
    const end = endOf(store, exist);
    // A delta whose answer was not recorded is in doubt until the total after the day; it is never sent twice.
    const inDoubt = end.deltas.length > 0;
    expect({ ...end, deltas: [], rows: inDoubt ? [] : end.rows }, `record ${fatal}`).toEqual({
      ...endOf(undisturbed.store, undisturbed.exist),
      ...(inDoubt ? { rows: [] } : {}),
    });
  }
});

test('a death before the record of an answer leaves nothing of it', async () => {
  const { store, exist } = begun();
  store.diesIn = (changes) => changes.some(({ kind }) => kind === 'confirm');
  await expect(synced(store, exist)).rejects.toThrow('died');
  expect(exist.days.get(`${TODAY} steps`)).toBe(5);
  expect(store.requests.map(({ endpoint }) => endpoint)).toEqual(['acquire', 'create']);
  expect(store.log).toEqual([]);
  expect(store.open.size).toBe(0);
  expect(
    [...store.rows.values()].every(({ confirmed, refused }) => confirmed === undefined && refused === undefined),
  ).toBe(true);
});

test('a refreshed pair is stored with the entry of its request, before it is used', async () => {
  const { store, exist } = begun();
  store.tokenOf.set('me', tokenOf({ expiresAt: NOW - 1 }));
  await synced(store, exist);
  const refresh = store.records.find((changes) => endpointOf(changes) === 'refresh');
  expect(refresh?.map(({ kind }) => kind)).toEqual(['request', 'token', 'clear']);
  expect(exist.calls.map(({ endpoint }) => endpoint).slice(0, 2)).toEqual(['refresh', 'acquire']);
});

function endpointOf(changes: readonly Change[]): string | undefined {
  return changes.flatMap((change) => (change.kind === 'request' ? [change.request.endpoint] : []))[0];
}
