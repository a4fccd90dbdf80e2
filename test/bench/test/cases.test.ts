import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CASES } from '../src/index.ts';
import { hasMosquitto } from '../src/brokers.ts';
import { hasNodeRed } from '../src/node-red.ts';
import { BENCH } from '../src/places.ts';
import { hasStrace } from '../src/syncs.ts';
import type { BenchCase, Figures } from '../src/index.ts';

/** Runs a contender once, shortly: it checks its own counts and throws where they are wrong. */
async function runOnce(caseName: string, contenderName: string): Promise<Figures> {
  const { contenders } = CASES.find(({ name }) => name === caseName) as BenchCase;
  const contender = contenders.find(({ name }) => name === contenderName);
  mkdirSync(BENCH, { recursive: true });
  const folder = mkdtempSync(join(BENCH, 'test-'));
  try {
    return (await contender?.run({ folder, isQuick: true })) ?? {};
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each([
  ['socket-qos1', 'mqtt.js', 'per_second'],
  ['socket-qos1', 'mqtt-packet', 'per_second'],
  ['latency', 'mqtt.js, 1,000/s', 'p99_ms'],
  ['refold', 'node:sqlite', 'read_ms'],
  ['refold', 'dayfold', 'refold_ms'],
])('%s runs with %s and gives %s', async (caseName, contender, figure) => {
  expect((await runOnce(caseName, contender))[figure]).toBeGreaterThan(0);
});

test.each([
  ['socket-qos1', 'dayfold', 'cpu_us'],
  ['latency', 'dayfold, 1,000/s', 'p99_ms'],
  ['idle', 'dayfold', 'wakeups_per_second'],
  ['start-store', '10 million readings, after kill -9', 'ms'],
])('%s runs with %s, finds all that was sent in the store and gives %s', async (caseName, contender, figure) => {
  expect((await runOnce(caseName, contender))[figure]).toBeGreaterThan(0);
});

test('messages around a kill -9 are all stored, each once', async ({ skip }) => {
  skip(!hasMosquitto, 'mosquitto is not installed');
  const figures = await runOnce('node-red-kill', 'dayfold');
  expect(figures).toMatchObject({ lost: 0, twice: 0 });
  expect(figures['sent']).toBeGreaterThan(900);
});

test('messages at a pace through mosquitto are all taken, each once', async ({ skip }) => {
  skip(!hasMosquitto, 'mosquitto is not installed');
  expect((await runOnce('mosquitto-paced-1000', 'dayfold'))['cpu_us']).toBeGreaterThan(0);
});

test('so many messages and no more are taken where a number is given', async () => {
  expect((await runOnce('node-red-million', 'dayfold'))['rss_mb']).toBeGreaterThan(0);
});

test.for([
  ['node-red-million', 'cpu_us'],
  ['node-red-kill', 'lost'],
] as const)('%s runs with Node-RED and gives %s', async ([caseName, figure], { skip }) => {
  skip(!hasNodeRed(), 'Node-RED is not installed; the bench installs it when a case needs it');
  skip(!hasMosquitto, 'mosquitto is not installed');
  expect((await runOnce(caseName, 'node-red'))[figure]).toBeGreaterThan(0);
});

test.for(['dayfold', 'node:sqlite', 'a file'])(
  'a part of a quiet day: %s keeps each reading, and syncs with each commit',
  async (contender, { skip }) => {
    const { messages, syncs_day: syncs } = await runOnce('idle-day', contender);
    expect(messages).toBe((100 / 10) * 360);
    skip(!hasStrace, 'strace, which counts the syncs, is not installed or not allowed to look');
    const commits = 86_400 / 5;
    expect(syncs).toBeGreaterThan(0.9 * commits);
    expect(syncs).toBeLessThan(2 * commits);
  },
);

test('a day of attributes that change each hour needs no more than full requests, each once', async () => {
  const figures = await runOnce('exist-month', 'dayfold');
  expect(figures).toMatchObject({ unneeded: 0 });
  expect(figures['updates_a_day']).toBeGreaterThan(2 * 20);
  expect(figures['updates_a_day']).toBeLessThanOrEqual(2 * 25);
});

test('a sync over 100,000 waiting values is planned in full requests', async () => {
  expect(await runOnce('plan', 'dayfold')).toMatchObject({ requests: Math.ceil(100_000 / 35), surplus: 0 });
});

test('every case names contenders for its goals, and no two cases share a name', () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  for (const { contenders, goals = [], bounds = [], plots = [] } of CASES) {
    const names = contenders.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(goals.flatMap(({ of, to }) => [of, to])));
    expect(names).toEqual(expect.arrayContaining(bounds.map(({ of }) => of)));
    const drawn = plots.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(({ of }) => of)));
    expect(names).toEqual(expect.arrayContaining(drawn));
  }
});
