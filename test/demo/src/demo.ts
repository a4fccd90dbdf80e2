import { startExistTwin } from '@dayfold/exist-twin';
import { dayOfHome, playHome } from '@dayfold/test-home';
import { ControlClient } from '@dayfold/web';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { dayfold, startDayfold } from './daemon-process.ts';
import { configurationOf, SCOPES } from './demo-configuration.ts';
import { freePort } from './free-port.ts';

const DAY_MS = 24 * 3_600_000;
const READY_MS = 30_000;
/** After the first minutes the home goes on a little faster than life, so that there is something to see. */
const SPEED = 20;

/** Simulated home, hosted broker, stand-in for Exist and the real daemon, on loopback, until Ctrl-C. */
export async function demo(): Promise<void> {
  const folder = resolve('demo');
  await rm(join(folder, 'data'), { recursive: true, force: true });
  await mkdir(join(folder, 'reading'), { recursive: true });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  say('Starting the stand-in for Exist');
  await using twin = await startExistTwin({ port: await freePort(8374), timezone: zone });
  const ports = { web: await freePort(8373), broker: await freePort(1884) };
  await writeFile(join(folder, 'dayfold.yaml'), configurationOf({ ...ports, exist: twin.url, timezone: zone }));
  await writeFile(join(folder, 'reading', 'books.csv'), booksOf(Date.now()));

  say('Connecting dayfold to it');
  await dayfold(folder, ['connect', '--token'], JSON.stringify(twin.issueToken({ scopes: SCOPES })));

  say('Starting the daemon, which hosts the MQTT broker');
  const daemon = startDayfold(folder, ['run'], 'inherit');
  const ended = once(daemon, 'close');
  const engine = new ControlClient(join(folder, 'data', 'daemon.sock'));
  try {
    await untilReady(engine, stop.signal);
    const now = Date.now();
    const midnight = startOfToday();
    const today = dayOfHome({ start: midnight, end: midnight + DAY_MS, seed: 7 });
    say("Publishing the home's day so far");
    const soFar = today.filter(({ time }) => time <= now);
    await playHome(soFar.length > 0 ? soFar : today.slice(0, 50), {
      url: `mqtt://127.0.0.1:${ports.broker}`,
      speed: Number.POSITIVE_INFINITY,
      sleep: pause,
    });
    say('Syncing');
    for (const { requests, confirmed } of await engine.sync(undefined))
      say(`${confirmed} values confirmed in ${requests} requests`);
    process.stdout.write(`\n${await dayfold(folder, ['days'])}\n`);
    say(`The account as Exist would show it: ${twin.url}`);
    say(
      `Ask the daemon yourself: cd demo && npm run dayfold -- status   (also: days, plan, explain fridge_opens ${localDate(now)})`,
    );
    say('The home goes on. Ctrl-C ends everything.');
    const rest = today.filter(({ time }) => time > now);
    await Promise.race([
      playHome(rest, { url: `mqtt://127.0.0.1:${ports.broker}`, speed: SPEED, signal: stop.signal, sleep: pause }).then(
        () => untilAborted(stop.signal),
      ),
      untilAborted(stop.signal),
      ended,
    ]);
  } finally {
    if (daemon.exitCode === null) {
      daemon.kill('SIGTERM');
      await ended;
    }
  }
}

function say(text: string): void {
  process.stdout.write(`▸ ${text}\n`);
}

async function untilReady(engine: ControlClient, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < READY_MS; waited += 200) {
    if (signal.aborted) throw new Error('stopped before the daemon was ready');
    if (await engine.isAlive()) {
      const { sources } = await engine.status();
      // The file is read once it has not changed for two seconds.
      const isRead = sources.find(({ plugin }) => plugin === 'file')?.lastReading !== undefined;
      if (isRead && sources.every(({ state }) => state === 'running')) return;
    }
    await sleep(200);
  }
  throw new Error('the daemon did not get ready in 30 s; see its lines above');
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function startOfToday(): number {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
}

function booksOf(now: number): string {
  const rows = Array.from({ length: 7 }, (_, back) => `${localDate(now - back * DAY_MS)},${12 + ((back * 17) % 40)}`);
  return `Date,Pages\n${rows.toReversed().join('\n')}\n`;
}

function localDate(at: number): string {
  return new Intl.DateTimeFormat('sv-SE').format(at);
}
