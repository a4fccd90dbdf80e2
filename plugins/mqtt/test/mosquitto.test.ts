import { until } from '@dayfold/sdk/testing';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { startConsumer, stored } from './consumer-process.ts';
import { Disk, freePort, hasMosquitto, openMosquitto, Running } from './doubles.ts';

const hasOpenssl = existsSync('/usr/bin/openssl');
const SERIES = { plain: { topic: 'plain' } };

// Without /usr/sbin/mosquitto these are skipped: aedes does not speak MQTT 5.
for (const version of [4, 5] as const) {
  test.skipIf(!hasMosquitto)(
    `mosquitto on version ${version} hands out the same again as long as nothing was stored`,
    async () => {
      const port = await freePort();
      await using _broker = await openMosquitto(port);
      const disk = new Disk();
      const options = { url: `mqtt://127.0.0.1:${port}`, version, qos: 2, client_id: 'home', series: SERIES };
      const first = new Running(options, disk);
      await first.start();
      const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
      disk.readings.hold();
      for (let value = 1; value <= 10; value += 1)
        await device.publishAsync('plain', `${value}`, { qos: value % 2 === 0 ? 2 : 1 });
      await until(() => disk.readings.held === 10);
      // As the death of the process: what waited is gone, and nothing was acknowledged.
      disk.readings.fail(new Error('killed'));
      await first.stop();
      expect(disk.readings.emitted).toEqual([]);
      await using second = new Running(options, disk);
      await second.start();
      await until(() => disk.readings.emitted.length === 10);
      expect(disk.readings.emitted.map(({ value }) => value)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(second.health.state).toBe('ok');
      await device.endAsync();
    },
  );
}

test.skipIf(!hasMosquitto)(
  'MQTT 5 is spoken where the broker does, and a flood of QoS 1 comes through whole',
  async () => {
    const port = await freePort();
    await using _broker = await openMosquitto(port, ['max_queued_messages 0']);
    await using running = new Running({ url: `mqtt://127.0.0.1:${port}`, series: SERIES });
    await running.start();
    const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
    await Promise.all(Array.from({ length: 5000 }, (_, value) => device.publishAsync('plain', `${value}`, { qos: 1 })));
    await until(() => running.readings.emitted.length === 5000);
    expect(await running.disk.storage.get('version')).toBeUndefined();
    expect(new Set(running.readings.emitted.map(({ value }) => value)).size).toBe(5000);
    await device.endAsync();
  },
);

// In a process of its own: the conditions of the test runner give mqtt.js the wrong build of ws.
for (const protocol of ['mqtts', 'ws', 'wss'] as const) {
  test.skipIf(!hasMosquitto || !hasOpenssl)(`messages come over ${protocol} too`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dayfold-tls-'));
    const [port, other] = [await freePort(), await freePort()];
    const certificate = makeCertificate(folder);
    await using _broker = await openMosquitto(port, [
      `listener ${other} 127.0.0.1`,
      ...(protocol === 'mqtts' ? [] : ['protocol websockets']),
      ...(protocol === 'ws' ? [] : [`certfile ${certificate.cert}`, `keyfile ${certificate.key}`]),
    ]);
    const file = join(folder, 'journal');
    const url = `${protocol}://localhost:${other}`;
    if (protocol !== 'ws') await expect(startConsumer(url, `${file}-untrusted`, 5)).rejects.toThrow('self-signed');
    const consumer = await startConsumer(url, file, 5, certificate.cert);
    const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
    await device.publishAsync('n', '3', { qos: 1 });
    await until(() => stored(file).length === 1);
    expect(stored(file)).toEqual([3]);
    consumer.kill('SIGKILL');
    await once(consumer, 'exit');
    await device.endAsync();
    rmSync(folder, { recursive: true });
  });
}

function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  execFileSync(
    'openssl',
    `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout ${files.key} -out ${files.cert}`.split(
      ' ',
    ),
    { stdio: 'ignore' },
  );
  return files;
}
