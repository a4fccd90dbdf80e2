import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { DaemonDriver } from '../driver/daemon-driver.ts';
import type { Fault } from '../fault.ts';
import { HTTP_TROUBLES } from '../world/http-api.ts';
import { HOUR_MS, MINUTE_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';

const PLUGINS = new URL('../plugins/', import.meta.url);

/** Files, the HTTP API, the configuration, plugins, and a second daemon. */
export const INPUT_FAULTS: readonly Fault[] = [
  ...HTTP_TROUBLES.map((trouble): Fault => ({
    name: `http-${trouble}`,
    promise: 'it is told, the readings stay, and the next good answer is taken',
    problem: 'source.trouble',
    lastsMs: 2 * HOUR_MS,
    inject: async (world) => {
      world.writes();
      await Promise.resolve((world.api.trouble = trouble));
    },
    heal: async (world) => {
      world.api.trouble = undefined;
      await world.untilRunning();
    },
  })),
  spoiltFile('half-written', 'source.trouble', (world) => appendFileSync(world.files.pages, '2026-07-01,"12\n')),
  spoiltFile('without-its-columns', 'source.trouble', (world) => writeFileSync(world.files.pages, 'a;b\n1;2\n')),
  spoiltFile('gone', undefined, (world) => rmSync(world.files.pages)),
  spoiltFile('pipe', undefined, (world) => {
    rmSync(world.files.pages);
    execFileSync('mkfifo', [world.files.pages]);
  }),
  {
    name: 'file-log-rotated',
    promise: 'the old file is finished under its new name, the new one is followed; no line counts twice',
    lastsMs: 10 * MINUTE_MS,
    inject: async (world) => {
      world.writes();
      renameSync(world.files.entries, `${world.files.entries}.1`);
      world.writes();
      await Promise.resolve();
    },
    heal: async () => await Promise.resolve(),
  },
  {
    name: 'file-log-line-in-parts',
    promise: 'a line counts when it is whole',
    lastsMs: 10 * MINUTE_MS,
    inject: async (world) => {
      const at = world.nextTime();
      const line = `${JSON.stringify({ at: new Date(at).toISOString(), v: 7 })}\n`;
      appendFileSync(world.files.entries, line.slice(0, 20));
      await world.driver.advance(5 * MINUTE_MS);
      appendFileSync(world.files.entries, line.slice(20));
      world.oracle.sent({ series: 'entries', key: String(at), value: 7, at });
    },
    heal: async () => await Promise.resolve(),
  },
  reloaded('config-broken-on-reload', broken),
  {
    ...reloaded('config-emptied', () => ''),
  },
  {
    name: 'config-broken-at-boot',
    promise: 'it does not start, says where the mistake is, and touches nothing',
    lastsMs: 0,
    inject: async (world) => {
      await world.driver.stop();
      world.files.writeConfiguration(broken(world));
      await refusal(world.driver, /dayfold\.yaml/);
      world.files.writeConfiguration();
      await world.driver.start();
      await world.untilRunning();
    },
    heal: async () => await Promise.resolve(),
  },
  {
    name: 'second-daemon',
    promise: 'the folder has one daemon; another one says who holds it and leaves',
    lastsMs: 0,
    inject: async (world) => {
      const second = new DaemonDriver({ folder: world.folder, existUrl: world.twin.url, now: world.driver.now });
      await refusal(second, /in use by process/);
    },
    heal: async () => await Promise.resolve(),
  },
  ...['throws-at-start', 'rejects-in-its-schedule', 'emits-nonsense', 'never-stops'].map((name): Fault => ({
    name: `plugin-${name}`,
    promise: 'only that source is in trouble',
    ...(name === 'throws-at-start' ? { problem: 'source.trouble' } : {}),
    lastsMs: HOUR_MS,
    inject: async (world) => await withPlugin(world, `    plugin: ${new URL(`${name}.ts`, PLUGINS).pathname}\n`),
    heal: async (world) => {
      await withPlugin(world, undefined);
      await world.untilRunning();
    },
  })),
];

function reloaded(name: string, textOf: (world: World) => string): Fault {
  return {
    name,
    promise: 'the configuration before stays in force and the mistake is shown',
    problem: 'config.invalid',
    lastsMs: HOUR_MS,
    inject: async (world) => {
      world.files.writeConfiguration(textOf(world));
      await world.driver.ask('reload', null);
    },
    heal: async (world) => {
      world.files.writeConfiguration();
      await world.driver.ask('reload', null);
      await world.untilRunning();
    },
  };
}

/** The table of pages is spoilt, and as it was afterwards. */
function spoiltFile(how: string, problem: string | undefined, spoil: (world: World) => void): Fault {
  return {
    name: `file-${how}`,
    promise: 'the readings before stay; the table is taken again when it is whole',
    ...(problem === undefined ? {} : { problem }),
    lastsMs: HOUR_MS,
    inject: async (world) => {
      await world.driver.advance(5 * MINUTE_MS);
      spoil(world);
    },
    heal: async (world) => {
      rmSync(world.files.pages, { force: true });
      world.writes();
      await world.untilRunning();
    },
  };
}

async function refusal(driver: DaemonDriver, says: RegExp): Promise<void> {
  let message = 'it started';
  try {
    await driver.start();
    await driver.kill();
  } catch (error) {
    message = (error as Error).message;
    await driver.gone();
  }
  if (!says.test(message)) throw new Error(`expected a refusal that says ${String(says)}, got: ${message}`);
}

async function withPlugin(world: World, block: string | undefined): Promise<void> {
  if (block === undefined) world.files.sources.delete('guest');
  else world.files.sources.set('guest', block);
  world.files.writeConfiguration();
  // What never stops is left behind after a time, which has to pass.
  let isOver = false;
  const reloaded = world.driver.ask('reload', null).finally(() => (isOver = true));
  while (!isOver) await world.driver.advance(1000);
  await reloaded;
}

function broken(world: World): string {
  const text = readFileSync(`${world.folder}/dayfold.yaml`, 'utf8');
  return world.dice.one([
    text.replace('plugin: mqtt', 'plugin: [mqtt'),
    text.replace('fold: max', 'fold: most'),
    text.replace('attributes:', 'atributes:'),
    text.replace('from: home.steps', 'from: home.stepps'),
    `${text}\n  steps: { from: home.steps }\n`,
  ]);
}
