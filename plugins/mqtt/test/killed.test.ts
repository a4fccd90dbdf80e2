import { until } from '@dayfold/sdk/testing';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { startConsumer, stored } from './consumer-process.ts';
import { freePort, hasMosquitto, openAedes, openMosquitto } from './doubles.ts';

const KILLS = 6;
const MESSAGES = 1200;

const brokers = [
  { name: 'aedes', version: 4, open: openAedes, exists: true },
  { name: 'mosquitto', version: 4, open: openUnlimited, exists: hasMosquitto },
  { name: 'mosquitto', version: 5, open: openUnlimited, exists: hasMosquitto },
] as const;

for (const { name, version, open, exists } of brokers) {
  for (const qos of [1, 2] as const) {
    test.skipIf(!exists)(
      `killed again and again, QoS ${qos} from ${name} on version ${version} loses nothing and counts nothing twice`,
      async () => {
        const folder = mkdtempSync(join(tmpdir(), 'dayfold-killed-'));
        const file = join(folder, 'journal');
        const port = await freePort();
        await using _broker = await open(port);
        const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
        let consumer = await startConsumer(`mqtt://127.0.0.1:${port}`, file, version);
        const published = (async () => {
          for (let number = 0; number < MESSAGES; number += 1) {
            await device.publishAsync('n', `${number}`, { qos });
            if (number % 10 === 0) await pause(1);
          }
        })();
        for (let kill = 0; kill < KILLS; kill += 1) {
          const before = stored(file).length;
          await until(() => stored(file).length > before + 20 || stored(file).length >= MESSAGES);
          consumer.kill('SIGKILL');
          await once(consumer, 'exit');
          consumer = await startConsumer(`mqtt://127.0.0.1:${port}`, file, version);
        }
        await published;
        await until(() => new Set(stored(file)).size === MESSAGES, 'all messages arriving');
        consumer.kill('SIGKILL');
        await once(consumer, 'exit');
        await device.endAsync();
        const values = stored(file);
        rmSync(folder, { recursive: true });
        expect(values.length - new Set(values).size).toBe(0);
      },
    );
  }
}

function openUnlimited(port: number): Promise<AsyncDisposable> {
  return openMosquitto(port, ['max_queued_messages 0']);
}
