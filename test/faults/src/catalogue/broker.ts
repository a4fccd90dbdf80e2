import type { Fault } from '../fault.ts';
import { HOUR_MS, MINUTE_MS } from '../world/world.ts';
import type { Sensor, World } from '../world/world.ts';

const SENSORS: readonly Sensor[] = ['drops', 'meter', 'steps', 'taps'];
/** More than it will ask for meanwhile. */
const REFUSALS = 100_000;
/** By a broker that throws away what comes on top. */
const QUEUED = 20;
/** What a broker threw away is shown for a day, and looked at every ten minutes. */
const SHOWN_MS = 24 * HOUR_MS + 15 * MINUTE_MS;
const STORM = 2000;
const FLOOD = 3000;

/** What the broker and those who publish may do. */
export const BROKER_FAULTS: readonly Fault[] = [
  {
    name: 'broker-down',
    promise: 'it is told; the connection comes back by itself, and what the broker kept arrives',
    problem: 'source.trouble',
    lastsMs: HOUR_MS,
    inject: async (world) => await world.broker.down(),
    heal: async (world) => {
      await world.broker.up();
      await world.untilRunning();
    },
  },
  {
    name: 'broker-down-at-boot',
    promise: 'the daemon starts all the same and keeps trying',
    problem: 'source.trouble',
    lastsMs: HOUR_MS,
    inject: async (world) => {
      await world.driver.stop();
      await world.broker.down();
      await world.driver.start();
    },
    heal: async (world) => {
      await world.broker.up();
      await world.untilRunning();
    },
  },
  {
    name: 'broker-refuses',
    promise: 'a broker that is still starting is asked again',
    problem: 'source.trouble',
    lastsMs: HOUR_MS,
    inject: async (world) => {
      world.broker.refusals = REFUSALS;
      await world.driver.stop();
      await world.driver.start();
    },
    struck: (world) => world.broker.refusals < REFUSALS,
    heal: async (world) => {
      world.broker.refusals = 0;
      await world.untilRunning();
    },
  },
  {
    name: 'broker-flapping',
    promise: 'what is delivered again after each cut is recognised',
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      for (let cuts = 0; cuts < 2; cuts += 1) {
        await world.traffic(10);
        world.broker.cut();
        await world.traffic(5);
        await world.settle();
      }
    },
    heal: async (world) => await world.untilRunning(),
  },
  {
    name: 'broker-session-lost',
    promise: 'subscribed anew; what is stored counts once, and a possible gap is told',
    problem: 'source.trouble',
    lastsMs: HOUR_MS,
    inject: async (world) => {
      await world.broker.down();
      await world.traffic(5);
      await world.broker.forget();
    },
    heal: async (world) => {
      world.forgetOutstanding();
      await world.broker.up();
      await untilGapIsTold(world);
    },
  },
  {
    name: 'broker-killed',
    promise: 'a broker that dies in the middle: subscribed anew at the next, and a possible gap is told',
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      await world.traffic(5);
      await world.broker.forget();
    },
    heal: async (world) => {
      world.forgetOutstanding();
      await untilGapIsTold(world);
    },
  },
  {
    name: 'broker-queue-overflow',
    promise: 'what a broker threw away for want of room is told with its number; what it kept arrives, once',
    brokers: ['mosquitto'],
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      await world.settle();
      await world.broker.limitQueue?.(QUEUED);
      await untilGapIsTold(world);
      // By then the broker has answered how much it threw away so far.
      await world.traffic(3);
      await world.settle();
      await world.broker.down();
      await world.traffic(3 * QUEUED);
    },
    heal: async (world) => {
      const sent = world.outstanding();
      await world.broker.up();
      await world.until(
        () => sent.filter(({ payload = '' }) => world.broker.acknowledged.has(payload)).length === QUEUED,
        () => 'what the broker kept did not arrive',
      );
      // The rest, and nothing that was acknowledged.
      world.forgetOutstanding();
      await untilTold(world, `threw away ${sent.length - QUEUED} messages`);
      await world.broker.limitQueue?.(0);
      await untilGapIsTold(world);
      await world.driver.advance(SHOWN_MS);
    },
  },
  {
    name: 'broker-duplicates',
    promise: 'up to five copies of a message with a time of its own count once',
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      const { dice } = world;
      const messages = Array.from({ length: 10 }, () => world.composed(dice.one(SENSORS), world.nextTime()));
      const copies = messages.flatMap((message) => Array.from({ length: dice.whole(1, 5) }, () => message));
      for (const message of dice.shuffled(copies)) await world.publish(message);
    },
    heal: async () => await Promise.resolve(),
  },
  {
    name: 'broker-out-of-order',
    promise: 'values do not depend on the order of arrival; late ones change their day, also at Exist',
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      const { dice } = world;
      const messages = Array.from({ length: 12 }, () => world.composed(dice.one(SENSORS), world.nextTime()));
      const late = Array.from({ length: 4 }, () =>
        world.composed('drops', world.nextTime() - dice.whole(1, 5 * 60) * MINUTE_MS - dice.whole(1, 59_999)),
      );
      for (const message of dice.shuffled([...messages, ...late])) await world.publish(message);
    },
    heal: async () => await Promise.resolve(),
  },
  {
    name: 'broker-retained',
    promise: 'a retained message that comes again after a restart or a lost session counts no second time',
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      for (let turn = 0; turn < 3; turn += 1) {
        for (const sensor of SENSORS) await world.publish(world.composed(sensor, world.nextTime()), { retain: true });
        await world.settle();
        await world.driver.stop();
        await world.driver.start();
        await world.untilRunning();
      }
    },
    heal: async () => await Promise.resolve(),
  },
  {
    name: 'broker-flood',
    promise: `${FLOOD} messages as fast as they go: everything is stored, once`,
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      const messages = Array.from({ length: FLOOD }, () => world.composed('drops', world.nextTime()));
      await Promise.all(messages.map(async (message) => await world.publish(message)));
    },
    heal: async (world) => await world.settle(),
  },
  {
    name: 'broker-topic-storm',
    promise: `${STORM} topics that nobody asked for one by one: other sources go on`,
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      await storm(world, true);
      for (let index = 0; index < STORM; index += 1)
        await world.broker.publish(`faults/storm/${world.now}-${index}`, JSON.stringify({ v: index }));
    },
    heal: async (world) => {
      await world.settle();
      await storm(world, false);
    },
  },
  {
    name: 'broker-nonsense',
    promise: 'what does not parse is counted and let go of; the rest goes on',
    lastsMs: MINUTE_MS,
    inject: async (world) => {
      const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      const payloads: (string | Buffer)[] = [
        '',
        ' ',
        'null',
        '[]',
        '{"v":null}',
        '{"v":"NaN"}',
        '{"v":1e999}',
        '{"v":{}}',
        '{"v":5,"at":"yesterday"}',
        '{"v":5,"at":"2099-01-01T00:00:00Z"}',
        '{"__proto__":{"v":5}}',
        deep,
        '9'.repeat(1_000_000),
        Buffer.from([0xff, 0xfe, 0x00]),
        Buffer.alloc(5 * 1024 * 1024, 'x'),
      ];
      for (const payload of payloads) await world.broker.publish(`faults/${world.dice.one(SENSORS)}`, payload);
    },
    heal: async () => await Promise.resolve(),
  },
];

/** By then everything is subscribed anew. */
async function untilGapIsTold(world: World): Promise<void> {
  await untilTold(world, 'no longer knew our session');
}

async function untilTold(world: World, words: string): Promise<void> {
  await world.until(
    async () =>
      (await world.driver.ask('status', null)).sources.some(({ message }) => message?.includes(words) === true),
    () => `no source said "${words}"`,
  );
}

/** A second source that takes whatever topics there are. */
async function storm(world: World, isOn: boolean): Promise<void> {
  const block = `    plugin: mqtt
    url: ${world.broker.url}
    version: ${world.broker.version}
    keepalive: 1h
    series: { "s_{1}": { topic: faults/storm/+, value: v } }
`;
  if (isOn) world.files.sources.set('storm', block);
  else world.files.sources.delete('storm');
  world.files.writeConfiguration();
  await world.driver.ask('reload', null);
  if (isOn) await world.untilRunning();
}
