import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { Folder, RunningDaemon } from './command.ts';
import { freePort } from './loopback.ts';

const NOTE = pathToFileURL(join(import.meta.dirname, 'note-modules.ts')).href;
/** Libraries that some homes use. */
const SELDOM = /\/(aedes|chokidar|csv-parse|hono|mqtt|prom-client|undici)\//;

/** Which of these libraries a daemon had loaded when it ended; `asked` happens while it runs. */
async function loadedBy(
  sources: string,
  asked: (daemon: RunningDaemon) => Promise<unknown> = async () => undefined,
): Promise<readonly string[]> {
  await using folder = await Folder.with({
    'dayfold.yaml': `timezone: UTC\nweb: { port: 0 }\nsources:\n  one: ${sources}\n`,
    'days.csv': 'Date,Pages\n2026-03-01,12\n',
  });
  const file = join(folder.path, 'loaded.json');
  await using daemon = await RunningDaemon.in(folder, [], {
    env: { NODE_OPTIONS: `--import=${NOTE}`, LOADED_FILE: file },
  });
  await asked(daemon);
  expect((await daemon.stop()).status).toBe(0);
  const loaded = JSON.parse(await readFile(file, 'utf8')) as string[];
  return [...new Set(loaded.flatMap((url) => SELDOM.exec(url)?.[1] ?? []))].toSorted();
}

test('a daemon with an MQTT source loads what that needs, and no other library that some homes use', async () => {
  const source = `{ plugin: mqtt, url: "mqtt://127.0.0.1:${await freePort()}", series: { door: { topic: door } } }`;
  expect(await loadedBy(source)).toEqual(['mqtt']);
});

test('a hosted broker is loaded by who configures one', async () => {
  const source = `{ plugin: mqtt, broker: { port: ${await freePort()} }, series: { door: { topic: door } } }`;
  expect(await loadedBy(source)).toEqual(['aedes', 'mqtt']);
});

test('a file is watched with a library of its own, and no table is read before it is quiet', async () => {
  const source = '{ plugin: file, path: days.csv, quiet: 1h, series: { pages: { date: Date, value: Pages } } }';
  expect(await loadedBy(source)).toEqual(['chokidar']);
});

test('what answers on the web address is loaded by the first who asks, and metrics by who reads them', async () => {
  const source = '{ plugin: webhook, name: scale, token: open-sesame, series: { weight: { value: kg } } }';
  const ask = async ({ url }: RunningDaemon, path: string) => expect((await fetch(`${url}${path}`)).status).toBe(200);
  expect(await loadedBy(source)).toEqual([]);
  expect(await loadedBy(source, async (daemon) => await ask(daemon, '/healthz'))).toEqual(['hono']);
  expect(await loadedBy(source, async (daemon) => await ask(daemon, '/metrics'))).toEqual(['hono', 'prom-client']);
});
