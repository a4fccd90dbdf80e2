import { Aedes } from 'aedes';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dayOfHome, playHome, writeHomeFiles } from '../src/index.ts';

const day = dayOfHome({ start: Date.UTC(2026, 2, 28, 23), end: Date.UTC(2026, 2, 29, 22), seed: 1 });

async function listening() {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const heard: string[] = [];
  broker.on('publish', ({ topic, payload }, client) => {
    if (client !== null) heard.push(`${topic} ${payload.toString()}`);
  });
  return {
    heard,
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((done) => broker.close(done));
      server.close();
    },
  };
}

test('a broker hears the whole day in its order', async () => {
  await using broker = await listening();
  const acknowledged: number[] = [];
  const count = await playHome(day, {
    url: broker.url,
    speed: Number.POSITIVE_INFINITY,
    sleep: async () => undefined,
    onMessage: ({ time }) => acknowledged.push(time),
  });
  expect(count).toBe(day.length);
  expect(broker.heard).toEqual(day.map(({ topic, payload }) => `${topic} ${payload}`));
  expect(acknowledged).toHaveLength(day.length);
});

test('gaps pass as much faster as asked, and an aborted home falls silent', async () => {
  await using broker = await listening();
  const stop = new AbortController();
  const sleeps: number[] = [];
  const count = await playHome(day, {
    url: broker.url,
    speed: 10,
    signal: stop.signal,
    sleep: async (ms) => {
      sleeps.push(ms);
      if (sleeps.length === 5) stop.abort();
    },
  });
  expect(count).toBe(broker.heard.length);
  expect(count).toBeLessThan(20);
  const played = day.slice(0, count + 1);
  expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(
    ((played.at(-1)?.time ?? 0) - (day[0]?.time ?? 0)) / 10,
    6,
  );
});

test('the reading list holds the week up to the date', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dayfold-home-'));
  try {
    const pages = await writeHomeFiles(folder, '2026-03-02');
    const [header, ...rows] = (await readFile(join(folder, 'books.csv'), 'utf8')).trim().split('\n');
    expect(header).toBe('Date,Pages');
    expect(rows).toEqual([...pages].map(([date, count]) => `${date},${count}`));
    expect([...pages.keys()]).toEqual([
      '2026-02-24',
      '2026-02-25',
      '2026-02-26',
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
      '2026-03-02',
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
