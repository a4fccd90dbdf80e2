import { startExistTwin } from '@dayfold/exist-twin';
import { createCalendar } from '@dayfold/runtime';
import type { LocalDay } from '@dayfold/runtime';
import { dayOfHome, truthsOf } from '@dayfold/test-home';
import type { HomeMessage, Truths } from '@dayfold/test-home';
import { Aedes } from 'aedes';
import fc from 'fast-check';
import { connectAsync } from 'mqtt';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DaemonDriver } from '../src/index.ts';

const ZONE = 'Europe/Berlin';
/** The clocks go back on the fourth of these days. */
const DAYS = ['22', '23', '24', '25', '26', '27', '28', '29', '30', '31'].map((day) => `2026-10-${day}` as LocalDay);
const SCOPES = ['food_write', 'activity_write', 'health_write', 'media_write', 'productivity_write'];
const HOUR_MS = 3_600_000;
/** Each attribute owned once, no token call beyond the login, nothing sent for nothing, one sync an hour. */
const GOOD_MANNERS = {
  tokenCalls: 0,
  unchangedItems: 0,
  mergeableCalls: 0,
  periodicSyncsWithinAnHour: 0,
  owned: { fridge_opens: 1, kitchen_max: 1, steps: 1 },
};

test('ten days over a clock change, with restarts, give exactly the expected values and good manners', async () => {
  const { wanted, actual, manners } = await tenDays({ kills: 0, seed: 11 });
  expect(actual).toEqual(wanted);
  expect(manners).toEqual(GOOD_MANNERS);
}, 240_000);

test('kill -9 at random moments changes nothing in the result', async () => {
  const { wanted, actual, manners } = await tenDays({ kills: 12, seed: 12 });
  expect(actual).toEqual(wanted);
  expect(manners).toEqual(GOOD_MANNERS);
}, 240_000);

async function tenDays({ kills, seed }: { readonly kills: number; readonly seed: number }) {
  const calendar = createCalendar({ zones: [{ from: 0, zone: ZONE }], dayStartsMin: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-scenario-'));
  const driver = new DaemonDriver(folder, calendar.bounds(DAYS[0] as LocalDay).start);
  const broker = await startBroker();
  const publisher = await connectAsync(broker.url, { clientId: 'home', keepalive: 0 });
  const twin = await startExistTwin({ timezone: ZONE, now: () => driver.now, seed });
  try {
    await writeFile(join(folder, 'dayfold.yaml'), configurationOf(broker.url, twin.url));
    await connectTo(folder, driver.now, twin.issueToken({ scopes: SCOPES }));
    await driver.start();
    const killHours = fc.sample(fc.integer({ min: 5, max: 235 }), { numRuns: kills, seed });
    const expected: Record<string, Truths> = {};
    let stored = 0;
    let hours = 0;
    for (const [index, day] of DAYS.entries()) {
      const { start, end } = calendar.bounds(day);
      const messages = dayOfHome({ start, end, seed: seed + index, energyKwh: 100 + 10 * index }).filter(isOfInterest);
      expected[day] = truthsOf(messages);
      for (let from = start; from < end; from += HOUR_MS) {
        hours += 1;
        const batch = messages.filter(({ time }) => time >= from && time < from + HOUR_MS);
        for (const [position, { topic, payload }] of batch.entries()) {
          await publisher.publishAsync(topic, payload, { qos: 1 });
          if (killHours.includes(hours) && position === Math.floor(batch.length / 2)) {
            await driver.kill();
            await driver.start();
            stored = -1;
          }
        }
        if (stored === -1) await driver.advance(30_000);
        else await driver.untilTaken('home', (stored += batch.length));
        if (stored === -1 || (kills === 0 && hours % 60 === 0)) {
          await driver.advance(1000);
          await driver.stop();
          await driver.start();
          stored = 0;
        }
        await driver.advance(from + HOUR_MS - driver.now);
      }
    }
    // The last day is final with the sync shortly after its midnight.
    await driver.advance(2 * HOUR_MS);
    await driver.stop();

    const { tokenCalls, unchangedItems, mergeableCalls, periodicSyncsWithinAnHour, acquires, creates } =
      twin.counters();
    return {
      actual: twin.values(),
      wanted: {
        fridge_opens: byDay(expected, ({ fridgeOpens }) => fridgeOpens),
        kitchen_max: byDay(expected, ({ kitchenMax }) => Number(kitchenMax.toFixed(3))),
        steps: byDay(expected, ({ steps }) => steps),
      },
      manners: {
        tokenCalls,
        unchangedItems,
        mergeableCalls,
        periodicSyncsWithinAnHour,
        owned: { ...acquires, ...creates },
      },
    };
  } finally {
    await driver.kill();
    await publisher.endAsync(true);
    await twin.close();
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function byDay(truths: Readonly<Record<string, Truths>>, pick: (truth: Truths) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(truths).map(([day, truth]) => [day, pick(truth)]));
}

function isOfInterest({ topic, time }: HomeMessage): boolean {
  if (topic === 'zigbee2mqtt/kitchen/climate') return Math.floor(time / 600_000) % 3 === 0;
  return topic === 'zigbee2mqtt/fridge' || topic === 'home/phone/steps';
}

function configurationOf(broker: string, exist: string): string {
  return `
exist: { url: "${exist}", client_id: demo, client_secret: demo-secret }
timezone: ${ZONE}
journal: { commit_every: 20ms }
sources:
  home:
    plugin: mqtt
    url: ${broker}
    keepalive: 1h
    series:
      fridge_door: { topic: zigbee2mqtt/fridge, value: contact }
      kitchen: { topic: zigbee2mqtt/kitchen/climate, value: temperature }
      steps: { topic: home/phone/steps }
attributes:
  steps: { from: home.steps, fold: max }
  fridge_opens: { label: Fridge opens, group: food, type: integer, from: home.fridge_door, fold: { count_changes: { to: false } } }
  kitchen_max: { label: Kitchen max, group: health, type: float, from: home.kitchen, fold: max }
`;
}

/** Stores the token as \`dayfold connect --token\` would, at the scenario's time. */
async function connectTo(folder: string, now: number, token: unknown): Promise<void> {
  const { FakeClock } = await import('@dayfold/runtime');
  const { assemble, pluginCatalog, readConfiguration } = await import('../../../core/cli/src/assembly.ts');
  const catalog = await pluginCatalog(join(folder, 'dayfold.yaml'));
  const { configuration } = await readConfiguration(join(folder, 'dayfold.yaml'), catalog);
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  await using assembled = await assemble({ data: join(folder, 'data') }, configuration, catalog, silent, {
    clock: new FakeClock(now),
  });
  await assembled.daemon.engine.connectToken('me', JSON.stringify(token));
}

async function startBroker(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
