import { Readings, definePlugin } from '@dayfold/sdk';
import { ContainerModule } from 'inversify';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import {
  AttributeDays,
  Daemon,
  ExistGateway,
  FakeClock,
  Journal,
  KeyValues,
  Ledger,
  Outbox,
  PluginCatalog,
  Problems,
  RequestLog,
  Store,
  StoreUnusable,
  Tokens,
  createMemoryStore,
  loadConfiguration,
} from '../../src/index.ts';
import type { LocalDay } from '../../src/index.ts';

const NOON = Date.parse('2026-03-10T12:00:00Z');
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MB = 1024 ** 2;
const WAIT = { timeout: 10_000 };
const YAML = `
timezone: UTC
sources:
  home: { plugin: told, series: { ticks: {} } }
attributes:
  ticks: { label: Ticks, group: productivity, type: integer, from: home.ticks, fold: sum }
`;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

type Emitted = (readings: Readings) => Promise<void>;

/** A daemon over a store in memory, whose one source emits what it is told; nothing is sent. */
async function opened(yaml: string, clock: FakeClock, emit: Emitted): Promise<{ daemon: Daemon; store: Store }> {
  const told = definePlugin({
    name: 'told',
    config: z.looseObject({}),
    inject: [Readings],
    source: (_config, readings) => ({ start: () => emit(readings) }),
  });
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-daemon-'));
  try {
    const file = join(folder, 'dayfold.yaml');
    await writeFile(file, yaml);
    const catalog = new PluginCatalog(new Map([['told', told as never]]), folder);
    const loaded = await loadConfiguration({
      file,
      env: {},
      home: folder,
      pluginSchema: async () => await Promise.resolve(told.config as never),
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
    const store = createMemoryStore();
    const modules = [
      new ContainerModule(({ bind }) => {
        bind(Store).toConstantValue(store);
        bind(Journal).toConstantValue(store.journal);
        bind(AttributeDays).toConstantValue(store.attributeDays);
        bind(Outbox).toConstantValue(store.outbox);
        bind(Ledger).toConstantValue(store.ledger);
        bind(Tokens).toConstantValue(store.tokens);
        bind(RequestLog).toConstantValue(store.requestLog);
        bind(Problems).toConstantValue(store.problems);
        bind(KeyValues).toConstantValue(store.keyValues);
        // Nothing is configured to be sent: a call would fail the test.
        bind(ExistGateway).toConstantValue({} as ExistGateway);
      }),
    ];
    const { configuration } = loaded;
    return {
      store,
      daemon: await Daemon.open({ configuration, modules, clock, catalog, log: silent, random: () => 0 }),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Three readings of this noon; `emitted` resolves when they are stored. */
async function openedAtNoon() {
  let emitted: Promise<void> | undefined;
  const { daemon, store } = await opened(YAML, new FakeClock(NOON), async (readings) => {
    emitted = readings.emit([1, 2, 3].map((value) => ({ series: 'ticks', time: NOON - value, value })));
    await Promise.resolve();
  });
  await daemon.start();
  await daemon.engine.days({});
  return { daemon, store, emitted };
}

test('a reading goes from a source to its attribute-day through the rooms as their modules bind them', async () => {
  const { daemon, emitted } = await openedAtNoon();
  await emitted;
  const days = await daemon.engine.days({ attribute: 'ticks' });
  expect(days).toMatchObject([{ date: '2026-03-10' as LocalDay, wanted: 6, readings: 3, state: 'local' }]);
  await daemon.stop();
});

test('a disk that takes nothing keeps nobody from looking at what is stored', async () => {
  const { daemon, store, emitted } = await openedAtNoon();
  await emitted;
  const before = await daemon.engine.days({});
  vi.spyOn(store.attributeDays, 'touch').mockRejectedValue(new StoreUnusable('store.full', 'the disk is full'));
  vi.spyOn(store.keyValues, 'set').mockRejectedValue(new StoreUnusable('store.full', 'the disk is full'));
  expect(await daemon.engine.days({})).toEqual(before);
  expect((await daemon.engine.status()).sources).toMatchObject([{ name: 'home', state: 'running' }]);
  expect(await daemon.engine.explain('ticks', 'today')).toMatchObject({ value: 6 });
  await daemon.stop();
});

test('a running daemon keeps the journal within its size and the log of requests within its age, once an hour', async () => {
  const clock = new FakeClock(NOON);
  let source: Readings | undefined;
  const { daemon, store } = await opened(`journal: { max_size: 1 MB }${YAML}`, clock, async (readings) => {
    source = readings;
    await Promise.resolve();
  });
  // Two calls to Exist, of which one is older than journal.keep.
  const call = { account: 'me', endpoint: 'update', items: 1, outcome: 'ok', ms: 5 };
  await store.requestLog.append({ ...call, at: NOON - 36 * DAY_MS });
  await store.requestLog.append({ ...call, at: NOON - 20 * DAY_MS });
  await daemon.start();
  await vi.waitFor(() => expect(source).toBeDefined(), WAIT);
  // Five days that come to twice of what the journal may take.
  for (let day = 0; day < 5; day += 1) {
    const now = clock.now();
    const stored = source?.emit(
      Array.from({ length: 4000 }, (_, index) => ({ series: 'ticks', time: now - index * 1000, value: 1 })),
    );
    await clock.advance(10_000);
    await stored;
    await daemon.engine.days({});
    await clock.advance(DAY_MS - 10_000);
  }
  await vi.waitFor(async () => expect(await store.journal.size()).toBeLessThanOrEqual(MB), WAIT);
  const { problems } = await daemon.engine.status();
  expect(problems).toMatchObject([{ code: 'journal.full', message: expect.stringContaining('1 MB') as string }]);
  const days = await daemon.engine.days({ attribute: 'ticks' });
  expect(days.map(({ wanted }) => wanted)).toEqual([4000, 4000, 4000, 4000, 4000]);
  expect((await store.requestLog.since('me', 0)).map(({ at }) => at)).toEqual([NOON - 20 * DAY_MS]);
  await daemon.stop();
});
