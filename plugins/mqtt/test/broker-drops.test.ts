import { until } from '@dayfold/sdk/testing';
import { connectAsync } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { DROPPED_TOPIC } from '../src/broker-drops.ts';
import { Disk, freePort, hasMosquitto, openMosquitto, Running, ScriptedBroker, settle } from './doubles.ts';

const SERIES = { plain: { topic: 'plain' } };
const NOON = '2024-03-30T12:00:00.000Z';
const DAY_MS = 24 * 3600 * 1000;

describe('the count of messages that the broker threw away', () => {
  test('is asked for apart from the topics of the series, at QoS 0, and shown where it grows', async () => {
    await using broker = await ScriptedBroker.open();
    await using running = new Running({ url: broker.url, version: 4, series: SERIES });
    await asked(broker, running);
    expect(broker.of('subscribe')).toMatchObject([{ subscriptions: [{ topic: 'plain', qos: 1 }] }]);
    expect(broker.asked).toMatchObject([{ subscriptions: [{ topic: DROPPED_TOPIC, qos: 0 }] }]);
    // What it threw away before we came is nothing of ours.
    broker.publish(DROPPED_TOPIC, '300', 0, 0, true);
    broker.publish(DROPPED_TOPIC, '301');
    await until(() => running.health.message?.includes('threw away') === true);
    expect(running.health.message).toContain(`threw away 1 message for which a queue had no room, first seen ${NOON}`);
    expect(running.health.message).toMatch(/of all its clients.*max_queued_messages.*watch_drops: false/);
    expect(running.health.message?.length).toBeLessThan(460);
    await running.clock.advance(60_000);
    broker.publish(DROPPED_TOPIC, '311');
    await until(
      () => running.health.message?.includes(`11 messages for which a queue had no room, first seen ${NOON}`) === true,
    );
  });

  test('is no message of the source: no reading, no misfit, and silence and a gap stay told', async () => {
    await using broker = await ScriptedBroker.open();
    const disk = new Disk();
    const options = { url: broker.url, version: 4, silent_after: '1m', series: { ...SERIES, all: { topic: '#' } } };
    const before = new Running(options, disk);
    await before.start();
    await before.stop();
    await using running = new Running(options, disk);
    await asked(broker, running, 2);
    expect(running.health.message).toContain('no longer knew our session');
    broker.publish(DROPPED_TOPIC, '5');
    await untilKept(disk, 5);
    expect(running.health.message).toContain('no longer knew our session');
    expect(running.health.misfits).toEqual([]);
    expect(disk.readings.emitted).toEqual([]);
    broker.publish('plain', '1');
    await until(() => running.health.state === 'ok');
    broker.publish(DROPPED_TOPIC, '5');
    await running.clock.advance(2 * 60_000);
    expect(running.health.message).toContain('connected, but no message since');
  });

  test('grows between connections and processes too', async () => {
    await using broker = await ScriptedBroker.open();
    const disk = new Disk();
    const first = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
    await asked(broker, first);
    broker.publish(DROPPED_TOPIC, '3');
    await untilKept(disk, 3);
    await first.stop();
    broker.sessionPresent = true;
    await using second = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
    await asked(broker, second, 2);
    broker.publish(DROPPED_TOPIC, '10', 0, 0, true);
    await until(() => second.health.message?.includes('threw away 7 messages') === true);
    broker.kick();
    await until(() => broker.asked.length === 3);
    broker.publish(DROPPED_TOPIC, '12', 0, 0, true);
    await until(() => second.health.message?.includes('threw away 9 messages') === true);
  });

  test('is shown until a day went by without a further loss, also over a restart', async () => {
    await using broker = await ScriptedBroker.open();
    const disk = new Disk();
    const first = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
    await asked(broker, first);
    for (const count of ['0', '4']) broker.publish(DROPPED_TOPIC, count);
    await until(() => first.health.state === 'degraded');
    await untilKept(disk, 4);
    await first.stop();
    await using second = new Running({ url: broker.url, version: 4, silent_after: '90d', series: SERIES }, disk);
    await second.clock.advance(DAY_MS / 2);
    await asked(broker, second, 2);
    broker.publish('plain', '1');
    await until(
      () =>
        second.health.message?.includes(`threw away 4 messages for which a queue had no room, first seen ${NOON}`) ===
        true,
    );
    broker.publish(DROPPED_TOPIC, '5');
    await until(() => second.health.message?.includes('threw away 5 messages') === true);
    await second.clock.advance(DAY_MS - 60_000);
    expect(second.health.state).toBe('degraded');
    await second.clock.advance(15 * 60_000);
    expect(second.health.state).toBe('ok');
    broker.publish(DROPPED_TOPIC, '7');
    await until(() => second.health.message?.includes('threw away 2 messages') === true);
  });

  test('counts from nothing where it is lower than before, and of another broker begins anew', async () => {
    await using broker = await ScriptedBroker.open();
    await using other = await ScriptedBroker.open();
    const disk = new Disk();
    const first = new Running({ url: broker.url, version: 4, series: SERIES }, disk);
    await asked(broker, first);
    broker.publish(DROPPED_TOPIC, '100');
    broker.publish(DROPPED_TOPIC, '0');
    await untilKept(disk, 0);
    expect(first.health.state).toBe('ok');
    broker.publish(DROPPED_TOPIC, '100');
    await until(() => first.health.message?.includes('threw away 100 messages') === true);
    await untilKept(disk, 100);
    await first.stop();
    await using second = new Running({ url: other.url, version: 4, series: SERIES }, disk);
    await asked(other, second);
    other.publish(DROPPED_TOPIC, '200');
    await untilKept(disk, 200);
    expect(second.health.message ?? '').not.toContain('threw away');
  });

  test('is let go of silently where the broker refuses it, and where it is no count', async () => {
    await using broker = await ScriptedBroker.open();
    broker.refused = DROPPED_TOPIC;
    await using running = new Running({ url: broker.url, version: 4, series: SERIES });
    await asked(broker, running);
    for (const text of ['', 'many', '-1', '1e3', '9'.repeat(400), '{}']) broker.publish(DROPPED_TOPIC, text);
    broker.publish('plain', '1');
    await until(() => running.readings.emitted.length === 1);
    expect(running.health.history).toEqual([]);
    expect(running.log.lines).toEqual([]);
    expect(await running.disk.storage.get('dropped')).toBeUndefined();
  });

  test('is not asked for again by a source whose connection was closed over it', async () => {
    await using broker = await ScriptedBroker.open();
    broker.forbidsOwnTopics = true;
    broker.sessionPresent = true;
    await using running = new Running({ url: broker.url, version: 4, series: SERIES });
    await running.start();
    await until(() => broker.connects.length === 2);
    await until(() => running.health.state === 'ok');
    broker.publish('plain', '1');
    await until(() => running.readings.emitted.length === 1);
    broker.kick();
    await until(() => broker.connects.length === 3);
    broker.publish('plain', '2');
    await until(() => running.readings.emitted.length === 2);
    expect(broker.asked).toHaveLength(1);
    expect(running.log.lines.filter(({ message }) => message.includes('not asked again'))).toHaveLength(1);
  });

  test('keeps nobody waiting: a broker that never answers the question is left all the same', async () => {
    await using broker = await ScriptedBroker.open();
    broker.isMuteOnOwnTopics = true;
    await using running = new Running({ url: broker.url, version: 4, series: SERIES });
    await asked(broker, running);
    broker.publish('plain', '1');
    await until(() => running.readings.emitted.length === 1);
    const stopped = running.stop();
    await until(() => running.clock.sleeping === 1);
    await running.clock.advance(2000);
    await stopped;
  });

  test('is not asked for with watch_drops: false, nor where a series takes the topic', async () => {
    await using broker = await ScriptedBroker.open();
    await using off = new Running({ url: broker.url, version: 4, watch_drops: false, series: SERIES });
    await off.start();
    broker.publish(DROPPED_TOPIC, '1');
    broker.publish(DROPPED_TOPIC, '2');
    broker.publish('plain', '1');
    await until(() => off.readings.emitted.length === 1);
    expect(off.health.history).toEqual([]);
    expect(broker.asked).toEqual([]);
    await off.stop();
    await using own = new Running({
      url: broker.url,
      version: 4,
      series: { dropped: { topic: '$SYS/broker/publish/#' } },
    });
    await own.start();
    expect(broker.asked).toMatchObject([{ subscriptions: [{ topic: '$SYS/broker/publish/#', qos: 1 }] }]);
    broker.publish(DROPPED_TOPIC, '1', 1, 1);
    broker.publish(DROPPED_TOPIC, '2', 1, 2);
    await until(() => own.readings.emitted.length === 2);
    expect(own.readings.emitted.map(({ value }) => value)).toEqual([1, 2]);
    expect(own.health.message).toContain('threw away 1 message');
  });

  for (const version of [4, 5] as const) {
    // Without /usr/sbin/mosquitto these are skipped: aedes does not count.
    test.skipIf(!hasMosquitto)(`is told by mosquitto on version ${version} after a queue ran over`, async () => {
      const port = await freePort();
      await using _broker = await openMosquitto(port, ['max_queued_messages 20', 'sys_interval 1']);
      const disk = new Disk();
      const options = { url: `mqtt://127.0.0.1:${port}`, version, client_id: 'home', series: SERIES };
      const first = new Running(options, disk);
      await first.start();
      await untilKept(disk, 0);
      await first.stop();
      const device = await connectAsync(`mqtt://127.0.0.1:${port}`, {}, false);
      for (let value = 1; value <= 50; value += 1) await device.publishAsync('plain', `${value}`, { qos: 1 });
      await device.endAsync();
      await using second = new Running(options, disk);
      await second.start();
      await until(() => second.health.message?.includes('threw away 30 messages') === true);
      await until(() => disk.readings.emitted.length === 20);
    });
  }
});

/** Started, and the question answered. */
async function asked(broker: ScriptedBroker, running: Running, times = 1): Promise<void> {
  await running.start();
  await until(() => broker.asked.length === times);
}

async function untilKept(disk: Disk, count: number): Promise<void> {
  for (let turns = 0; turns < 100_000; turns += 1) {
    const kept = (await disk.storage.get('dropped')) as { readonly count: number } | undefined;
    if (kept?.count === count) return;
    await settle();
  }
  throw new Error(`${count} was not kept`);
}
