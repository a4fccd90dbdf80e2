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
const YAML = `
timezone: UTC
sources:
  home: { plugin: three, series: { ticks: {} } }
attributes:
  ticks: { label: Ticks, group: productivity, type: integer, from: home.ticks, fold: sum }
`;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

test('a reading goes from a source to its attribute-day through the rooms as their modules bind them', async () => {
  await using home = await Home.open();
  const { daemon, emitted } = home;
  await daemon.engine.days({});
  await emitted();
  const days = await daemon.engine.days({ attribute: 'ticks' });
  expect(days).toMatchObject([{ date: '2026-03-10' as LocalDay, wanted: 6, readings: 3, state: 'local' }]);
});

test('a disk that takes nothing keeps nobody from looking at what is stored', async () => {
  await using home = await Home.open();
  const { daemon, store } = home;
  const before = await daemon.engine.days({});
  vi.spyOn(store.attributeDays, 'touch').mockRejectedValue(new StoreUnusable('store.full', 'the disk is full'));
  vi.spyOn(store.keyValues, 'set').mockRejectedValue(new StoreUnusable('store.full', 'the disk is full'));
  expect(await daemon.engine.days({})).toEqual(before);
  expect((await daemon.engine.status()).sources).toMatchObject([{ name: 'home', state: 'running' }]);
  expect(await daemon.engine.explain('ticks', 'today')).toMatchObject({ value: 6 });
});

/** A daemon that runs, with one source and a store in memory. */
class Home implements AsyncDisposable {
  readonly daemon: Daemon;
  readonly store: Store;
  /** Resolves when the source's readings are stored. */
  readonly emitted: () => Promise<void>;
  readonly #folder: string;

  private constructor(parts: Pick<Home, 'daemon' | 'store' | 'emitted'>, folder: string) {
    this.daemon = parts.daemon;
    this.store = parts.store;
    this.emitted = parts.emitted;
    this.#folder = folder;
  }

  static async open(): Promise<Home> {
    let emitted: Promise<void> | undefined;
    const three = definePlugin({
      name: 'three',
      config: z.looseObject({}),
      inject: [Readings],
      source: (_config, readings) => ({
        async start() {
          emitted = readings.emit([1, 2, 3].map((value) => ({ series: 'ticks', time: NOON - value, value })));
          await Promise.resolve();
        },
      }),
    });
    const folder = await mkdtemp(join(tmpdir(), 'dayfold-daemon-'));
    const file = join(folder, 'dayfold.yaml');
    await writeFile(file, YAML);
    const catalog = new PluginCatalog(new Map([['three', three as never]]), folder);
    const loaded = await loadConfiguration({
      file,
      env: {},
      home: folder,
      pluginSchema: async () => await Promise.resolve(three.config as never),
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
    const clock = new FakeClock(NOON);
    const daemon = await Daemon.open({
      configuration: loaded.configuration,
      modules,
      clock,
      catalog,
      log: silent,
      random: () => 0,
    });
    await daemon.start();
    return new Home({ daemon, store, emitted: async () => await emitted }, folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
