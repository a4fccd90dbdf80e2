import type { LocalDay } from '@dayfold/runtime';
import { expect, test } from 'vitest';
import { startAedes } from '../src/brokers.ts';
import type { Broker } from '../src/brokers.ts';
import { GOOD_MANNERS, mannersOf } from '../src/manners.ts';
import { Button } from '../src/parts/button.ts';
import { SCOPES, Scenario } from '../src/scenario.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BERLIN = 'Europe/Berlin';

test('a person who moves to another zone counts each press on one day, and the days that follow end in the new zone', async () => {
  await using broker = await startAedes();
  await using home = await homeAt(broker, ['2026-06-01', '2026-06-02'], { timezone: undefined });
  const { scenario, button } = home;
  const { driver, twin } = scenario;
  await scenario.live({
    onHour: async (hours) => {
      if (hours === 12) twin.timezone = 'America/New_York';
      await Promise.resolve();
    },
  });
  // The second day ended at midnight in Berlin, as it had begun: what is over does not go on.
  expect((await driver.engine('status')).timezone).toBe('America/New_York');
  await button.press(driver, '2026-06-03', 2);
  // 20:00 in New York, when the fourth of June is two hours old in Berlin.
  await driver.advance(DAY_MS);
  await button.press(driver, '2026-06-03', 4);
  await driver.advance(5 * HOUR_MS);
  await button.press(driver, '2026-06-04', 5);
  await driver.advance(2 * HOUR_MS);
  expect(twin.values()).toEqual(scenario.truths());
  expect(mannersOf(twin)).toEqual(GOOD_MANNERS);
}, 60_000);

test('a revoked token is a problem, values wait, and after a new login all of them arrive', async () => {
  await using broker = await startAedes();
  await using home = await homeAt(broker, ['2026-06-01', '2026-06-02', '2026-06-03']);
  const { scenario } = home;
  const { driver, twin } = scenario;
  let problems: readonly { readonly code: string }[] = [];
  await scenario.live({
    onHour: async (hours) => {
      if (hours === 20) twin.revoke(home.token());
      if (hours === 60) {
        ({ problems } = await driver.engine('status'));
        expect(twin.values()['presses']).not.toHaveProperty('2026-06-02');
        await driver.engine('connectToken', 'me', JSON.stringify(twin.issueToken({ scopes: SCOPES })));
      }
    },
  });
  expect(problems.map(({ code }) => code)).toContain('exist.login_required');
  expect(twin.values()).toEqual(scenario.truths());
  expect((await driver.engine('status')).problems.filter(({ code }) => code.startsWith('exist'))).toEqual([]);
  // One try to refresh, and no more.
  expect({ ...mannersOf(twin), tokenCalls: 0 }).toEqual(GOOD_MANNERS);
  expect(twin.counters().tokenCalls).toBeLessThanOrEqual(1);
}, 60_000);

test('an attribute that another service takes is taken back once, then left alone and shown', async () => {
  await using broker = await startAedes();
  await using home = await homeAt(broker, ['2026-06-01', '2026-06-02']);
  const { scenario } = home;
  const { driver, twin } = scenario;
  await scenario.live({
    onHour: async (hours) => {
      if (hours === 14 || hours === 34) twin.steal('presses');
      await Promise.resolve();
    },
  });
  const acquired = (): number => twin.requests().filter(({ endpoint }) => endpoint === 'acquire').length;
  expect(acquired()).toBe(1);
  const { problems } = await driver.engine('status');
  expect(problems.map(({ subject }) => subject)).toContain('presses');
  expect(twin.account.attributes.get('presses')?.service).toBe('oura');
  await driver.advance(DAY_MS);
  expect(acquired()).toBe(1);
}, 60_000);

test('after seven days without a network all values arrive within two syncs', async () => {
  await using broker = await startAedes();
  const days = ['01', '02', '03', '04', '05', '06', '07', '08', '09'].map((day) => `2026-06-${day}`);
  await using home = await homeAt(broker, days, {}, [12]);
  const { scenario } = home;
  const { driver, twin } = scenario;
  await scenario.live({
    onHour: async (hours) => {
      if (hours === 24) twin.faults.next(1_000_000, 'drop-before');
      if (hours !== 8 * 24) return;
      twin.faults.clear();
      const before = callsTo(twin, 'update');
      await driver.advance(2 * HOUR_MS);
      const missing = Object.keys(scenario.truths()['presses'] ?? {}).filter(
        (day) => twin.values()['presses']?.[day] === undefined,
      );
      expect(missing).toEqual([]);
      expect(callsTo(twin, 'update') - before).toBeLessThanOrEqual(2);
    },
  });
  expect(twin.values()).toEqual(scenario.truths());
  expect(twin.counters().rateLimited).toBe(0);
}, 60_000);

test('a clock that starts in 1970 and is set later dates nothing wrongly and sends nothing before', async () => {
  await using broker = await startAedes();
  await using home = await homeAt(broker, ['2026-06-01']);
  const { scenario, button } = home;
  const { driver, twin } = scenario;
  const noon = driver.now + 12 * HOUR_MS;
  await driver.stop();
  const calls = twin.requests().length;
  await driver.setClock(60_000);
  await driver.start();
  await button.pressUnheard(3);
  await driver.advance(2 * HOUR_MS);
  expect(twin.requests().length).toBe(calls);
  expect((await driver.engine('days', {})).filter(({ wanted }) => wanted !== null)).toEqual([]);
  await driver.setClock(noon);
  await driver.untilTaken('home', 3);
  await driver.advance(14 * HOUR_MS);
  expect(twin.values()).toEqual({ presses: { '2026-06-01': 3 } });
  expect(mannersOf(twin)).toEqual(GOOD_MANNERS);
}, 60_000);

async function homeAt(broker: Broker, days: readonly string[], configuration = {}, hours = [9, 12, 18]) {
  const scenario = await Scenario.open({ zone: BERLIN, days: days as LocalDay[], seed: 5, configuration });
  const button = await Button.open(broker.url, hours);
  await scenario.add(button);
  const token = await scenario.begin();
  return {
    scenario,
    button,
    token: () => token,
    [Symbol.asyncDispose]: async () => await scenario[Symbol.asyncDispose](),
  };
}

function callsTo(twin: Scenario['twin'], endpoint: string): number {
  return twin.requests().filter((call) => call.endpoint === endpoint).length;
}
