import { until } from '@dayfold/sdk/testing';
import { connectAsync } from 'mqtt';
import { expect, test } from 'vitest';
import { Disk, freePort, hasMosquitto, openMosquitto, Running } from './doubles.ts';

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
