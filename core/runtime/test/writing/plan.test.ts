import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BATCH, dayKey, plan } from '../../src/writing/plan.ts';
import type { PlanInput } from '../../src/writing/plan.ts';
import type { PlannedUpdate } from '../../src/writing/update-order.ts';
import { DAY_MS, NOW, TODAY, dateOf, inputOf } from './plan-input.ts';
import { attribute, tokenOf } from './writing-desk.ts';

function updatesOf(input: PlanInput): readonly (readonly PlannedUpdate[])[] {
  return plan(input).steps.flatMap((step) => (step.kind === 'update' ? [step.items] : []));
}

const NAMES = Array.from({ length: 60 }, (_, index) => `a${index}`);
const randomInput = fc
  .record({
    items: fc.array(
      fc.record({
        attribute: fc.constantFrom(...NAMES),
        ago: fc.integer({ min: -2, max: 60 }),
        value: fc.integer({ min: 0, max: 3 }),
        confirmed: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
        changed: fc.integer({ min: 0, max: 60 }),
      }),
      { maxLength: 400 },
    ),
    writes: fc.array(fc.constantFrom('total' as const, 'daily' as const, 'increment' as const), {
      minLength: 60,
      maxLength: 60,
    }),
    states: fc.array(fc.constantFrom('owned', 'lost', 'released', 'blocked', undefined), {
      minLength: 60,
      maxLength: 60,
    }),
    customs: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    used: fc.integer({ min: 0, max: 260 }),
    scopes: fc.constantFrom([], ['activity_write'], ['food_write']),
    reason: fc.constantFrom('periodic' as const, 'user' as const),
  })
  .map(({ items, writes, states, customs, used, scopes, reason }) =>
    inputOf({
      attributes: NAMES.map((name, index) =>
        attribute(name, { write: writes[index] ?? 'total', template: customs[index] === true ? undefined : name }),
      ),
      ledger: NAMES.flatMap((name, index) => {
        const state = states[index];
        return state === undefined
          ? []
          : [
              {
                account: 'me',
                attribute: name,
                name,
                state: state as 'owned',
                since: 0,
                reacquiredAt: undefined,
                reason: undefined,
              },
            ];
      }),
      outbox: items.map(({ attribute: name, ago, value, confirmed, changed }) => ({
        attribute: name,
        date: dateOf(ago),
        value,
        confirmed,
        changedAt: NOW - changed * DAY_MS,
      })),
      budget: { usedLastHour: used, limit: 240, reserveForUser: 20 },
      token: tokenOf({ scopes }),
      reason,
    }),
  );

test('no plan breaks a rule of the API or of the design', () => {
  fc.assert(
    fc.property(randomInput, (input) => {
      const { steps } = plan(input);
      expect(steps.length).toBeLessThanOrEqual(
        Math.max(0, 240 - input.budget.usedLastHour - (input.reason === 'user' ? 0 : 20)),
      );
      const seen = new Set<string>();
      for (const step of steps) {
        if (step.kind === 'refresh') continue;
        expect(step.items.length).toBeGreaterThan(0);
        expect(step.items.length).toBeLessThanOrEqual(BATCH);
      }
      for (const batch of updatesOf(input)) {
        for (const item of batch) {
          expect(seen.has(dayKey(item))).toBe(false);
          seen.add(dayKey(item));
          expect(
            input.outbox.some(
              (row) => dayKey(row) === dayKey(item) && row.value === item.value && row.value !== row.confirmed,
            ),
          ).toBe(true);
          expect(item.date <= TODAY).toBe(true);
          const configured = input.attributes.find(({ name }) => name === item.attribute);
          if (configured?.write !== 'total') expect(item.date < TODAY).toBe(true);
          const state = input.ledger.find((entry) => entry.attribute === item.attribute)?.state;
          expect([undefined, 'owned']).toContain(state);
          expect(input.token?.scopes).not.toEqual(['food_write']);
        }
      }
      const batches = updatesOf(input);
      expect(batches.length).toBe(Math.ceil(batches.flat().length / BATCH));
    }),
    { numRuns: 200 },
  );
});

test('recent days go first, oldest first; older ones follow, newest first', () => {
  const outbox = [9, 0, 5, 1, 2, 30].map((ago) => ({
    attribute: 'steps',
    date: dateOf(ago),
    value: 7,
    confirmed: undefined,
    changedAt: NOW,
  }));
  expect(
    updatesOf(inputOf({ outbox }))
      .flat()
      .map(({ date }) => date),
  ).toEqual([2, 1, 0, 5, 9, 30].map(dateOf));
});

test('an outage longer than `late` drops nothing; a day that changed late and long ago stays', () => {
  const outbox = [
    { attribute: 'steps', date: dateOf(50), value: 1, confirmed: undefined, changedAt: NOW - 50 * DAY_MS },
    { attribute: 'steps', date: dateOf(90), value: 2, confirmed: 1, changedAt: NOW - 40 * DAY_MS },
    { attribute: 'steps', date: dateOf(400), value: 3, confirmed: undefined, changedAt: NOW - DAY_MS },
  ];
  expect(
    updatesOf(inputOf({ outbox }))
      .flat()
      .map(({ date }) => date),
  ).toEqual([dateOf(50), dateOf(400)]);
});

test('new attributes are asked for together, one call a kind, before their values', () => {
  const attributes = [
    attribute('steps'),
    attribute('floors'),
    attribute('desk', { template: undefined, label: 'Desk' }),
    attribute('tea', { template: undefined, label: 'Tea' }),
  ];
  const outbox = attributes.map(({ name }) => ({
    attribute: name,
    date: TODAY,
    value: 1,
    confirmed: undefined,
    changedAt: NOW,
  }));
  expect(
    plan(inputOf({ attributes, outbox, ledger: [] })).requests.map(({ endpoint, items }) => [endpoint, items.length]),
  ).toEqual([
    ['acquire', 2],
    ['create', 2],
    ['update', 4],
  ]);
  expect(plan(inputOf({ attributes, outbox: [], ledger: [] })).steps).toEqual([]);
});

test('a missing scope holds back its group alone and is reported once', () => {
  const attributes = [
    attribute('steps'),
    attribute('coffees', { group: 'food' }),
    attribute('water', { group: 'food' }),
  ];
  const outbox = attributes.map(({ name }) => ({
    attribute: name,
    date: TODAY,
    value: 1,
    confirmed: undefined,
    changedAt: NOW,
  }));
  const result = plan(inputOf({ attributes, outbox, token: tokenOf({ scopes: ['activity_write'] }) }));
  expect(result.requests).toEqual([{ endpoint: 'update', items: [{ attribute: 'steps', date: TODAY, value: 1 }] }]);
  expect(result.problems.map(({ code, subject }) => [code, subject])).toEqual([['exist.scope_missing', 'food']]);
});

test('a token is refreshed when expired, never by a clock that cannot be trusted, and never without work', () => {
  const outbox = [{ attribute: 'steps', date: TODAY, value: 1, confirmed: undefined, changedAt: NOW }];
  const expired = tokenOf({ expiresAt: NOW + 30_000 });
  expect(plan(inputOf({ outbox, token: expired })).steps.map(({ kind }) => kind)).toEqual(['refresh', 'update']);
  expect(plan(inputOf({ outbox, token: tokenOf({ expiresAt: NOW + 120_000 }) })).steps.map(({ kind }) => kind)).toEqual(
    ['update'],
  );
  expect(plan(inputOf({ token: expired })).steps).toEqual([]);
  expect(plan(inputOf({ outbox, token: expired, clockTrusted: false }))).toMatchObject({
    steps: [],
    hold: { code: 'clock.untrusted' },
  });
});

test('what holds an account back is said, and what would be sent is still shown', () => {
  const outbox = [{ attribute: 'steps', date: TODAY, value: 1, confirmed: undefined, changedAt: NOW }];
  for (const [changes, code] of [
    [{ token: undefined }, 'exist.not_connected'],
    [{ token: tokenOf({ dead: true }) }, 'exist.login_required'],
    [{ blockedUntil: NOW + 1 }, 'exist.waiting'],
  ] as const) {
    const result = plan(inputOf({ outbox, ...changes }));
    expect(result.hold?.code).toBe(code);
    expect(result.steps).toEqual([]);
    expect(result.requests).toHaveLength(1);
  }
});

test('after a login nothing new is acquired before its time, and what is owned goes on', () => {
  const item = { date: TODAY, value: 1, confirmed: undefined, changedAt: NOW };
  const attributes = [attribute('steps'), attribute('floors'), attribute('tea', { template: undefined })];
  const outbox = attributes.map(({ name }) => ({ ...item, attribute: name }));
  const early = inputOf({ attributes, outbox, acquireFrom: NOW + 1 });
  expect(plan(early).steps).toMatchObject([{ kind: 'update', items: [{ attribute: 'steps' }] }]);
  expect(plan({ ...early, now: NOW + 1 }).steps.map(({ kind }) => kind)).toEqual(['acquire', 'create', 'update']);
});

test('what is older than Exist takes waits, and the plan says how much', () => {
  const outbox = [0, 10, 20, 30].map((ago) => ({
    attribute: 'steps',
    date: dateOf(ago),
    value: ago,
    confirmed: undefined,
    changedAt: NOW,
  }));
  const { steps, problems } = plan(inputOf({ outbox, tooOld: dateOf(20) }));
  expect(steps).toMatchObject([{ kind: 'update', items: [{ date: TODAY }, { date: dateOf(10) }] }]);
  expect(problems).toMatchObject([{ code: 'exist.too_old', message: expect.stringContaining('; 2 of that day') }]);
});
