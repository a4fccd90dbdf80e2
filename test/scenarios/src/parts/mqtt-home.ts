import { dayOfHome, truthsOf } from '@dayfold/test-home';
import type { HomeMessage } from '@dayfold/test-home';
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import type { Hour, Part, Values } from '../part.ts';
import { homeAttributes, homeSource } from './home-configuration.ts';
import { minutesOfDay, wallClock } from '../wall-clock.ts';

const MINUTE_MS = 60_000;
/** The devices heard by the scenario, and how often those that speak all the time are. */
const HEARD: readonly { readonly topic: RegExp; readonly everyMin: number }[] = [
  { topic: /^zigbee2mqtt\/(?:fridge|coffee)$|^home\/phone\/steps$/, everyMin: 0 },
  { topic: /^zigbee2mqtt\/\w+\/climate$/, everyMin: 30 },
  { topic: /^tele\/desk\/SENSOR$/, everyMin: 5 },
];

interface Options {
  readonly broker: string;
  readonly zone: string;
  readonly seed: number;
}

/** What the payloads of interest hold, each its own part. */
interface Said {
  readonly ENERGY: { readonly Total: number; readonly Power: number };
  readonly temperature: number;
}

/** A message as it went to the broker, with the daemon's time at which it did. */
export interface Published {
  readonly time: number;
  readonly topic: string;
  readonly payload: string;
}

/** The devices of test/home at a broker: arrival times, the payload's own local time, wildcards, deltas, daily values. */
export class MqttHome implements Part {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly published: Published[] = [];
  readonly #options: Options;
  readonly #client: MqttClient;
  readonly #truths: Record<string, Record<string, number>> = {};
  #today: readonly HomeMessage[] = [];
  #heard = 0;
  #energyKwh = 100;
  #before: number | undefined;

  private constructor(options: Options, client: MqttClient) {
    this.#options = options;
    this.#client = client;
    this.sources = { home: homeSource(options.broker) };
    this.attributes = homeAttributes();
  }

  static async open(options: Options): Promise<MqttHome> {
    return new MqttHome(options, await connectAsync(options.broker, { clientId: 'home', keepalive: 0 }));
  }

  /** The devices have their broker. */
  get isConnected(): boolean {
    return this.#client.connected;
  }

  async act(moment: Hour): Promise<void> {
    const { driver, day, hour, from, to, interrupt } = moment;
    if (hour === 0) this.#dawn(moment);
    const batch = this.#today.filter(({ time }) => time >= from && time < to);
    const before = await driver.taken('home');
    let wasKilled = false;
    for (const [index, { topic, payload }] of batch.entries()) {
      const sent = this.#client.publishAsync(topic, payload, { qos: 1 });
      this.published.push({ time: driver.now, topic, payload });
      this.#heard += 1;
      if (index !== Math.floor(batch.length / 2)) continue;
      await sent;
      if (await interrupt()) wasKilled = true;
    }
    // How many of them an earlier life stored is told by the day's count alone.
    if (!wasKilled) return await driver.untilTaken('home', before + readingsOf(batch));
    await driver.until(async () => {
      const [known] = await driver.engine('days', { attribute: 'messages', from: day, to: day });
      return known?.readings === this.#heard;
    }, `the ${this.#heard} messages of ${day} are stored`);
  }

  truths(): Values {
    return this.#truths;
  }

  /** What a room's sensor said on a day. */
  temperatures(room: string, day: string): readonly number[] {
    return this.published
      .filter(
        ({ time, topic }) =>
          topic === `zigbee2mqtt/${room}/climate` && wallClock(this.#options.zone, time).startsWith(day),
      )
      .map(({ payload }) => (JSON.parse(payload) as Said).temperature);
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #dawn({ start, end, day, dayNumber }: Hour): void {
    const { zone, seed } = this.#options;
    const home = dayOfHome({ start, end, seed: seed + dayNumber, energyKwh: this.#energyKwh });
    const off = { time: start + MINUTE_MS, topic: 'zigbee2mqtt/coffee', payload: '{"state":"OFF"}' };
    this.#today = [off, ...home.filter(isHeard)].map((message) => withTime(message, zone));
    this.#heard = 0;
    this.#note(day);
  }

  #note(day: string): void {
    const { fridgeOpens, kitchenMax, steps, coffees, deskMinutes } = truthsOf(this.#today);
    const desk = this.#of('tele/desk/SENSOR');
    const totals = desk.map(({ said }) => said.ENERGY.Total);
    const last = totals.at(-1) as number;
    const busy = desk.filter(({ said }) => said.ENERGY.Power > 20).map(({ time }) => time);
    const { zone } = this.#options;
    const say = (attribute: string, value: number): void => {
      (this.#truths[attribute] ??= {})[day] = value;
    };
    say('messages', this.#today.length);
    say('fridge_opens', fridgeOpens);
    say('kitchen_max', kitchenMax);
    say('steps', steps);
    say('coffees', coffees);
    say('desk_min', deskMinutes);
    say('desk_energy', Number((last - (this.#before ?? (totals[0] as number))).toFixed(3)));
    say('desk_from', minutesOfDay(zone, busy[0] as number));
    say('desk_until', minutesOfDay(zone, busy.at(-1) as number));
    const warmth = (room: string): number[] =>
      this.#of(`zigbee2mqtt/${room}/climate`).map(({ said }) => said.temperature);
    say('bedroom_min', Math.min(...warmth('bedroom')));
    say('office_mean', meanOf(warmth('office')));
    this.#before = last;
    this.#energyKwh = last;
  }

  #of(topic: string): { readonly time: number; readonly said: Said }[] {
    return this.#today
      .filter((message) => message.topic === topic)
      .map(({ time, payload }) => ({ time, said: JSON.parse(payload) as Said }));
  }
}

/** To thousandths, over the hundredths in which the values are given: the sum is exact, and so is its rounding. */
function meanOf(numbers: readonly number[]): number {
  const hundredths = numbers.reduce((sum, each) => sum + Math.round(each * 100), 0);
  return Math.round((hundredths * 10) / numbers.length) / 1000;
}

function isHeard({ topic, time }: HomeMessage): boolean {
  const device = HEARD.find((known) => known.topic.test(topic));
  if (device === undefined) return false;
  if (topic.endsWith('/climate')) return Math.floor(time / (10 * MINUTE_MS)) % (device.everyMin / 10) === 0;
  return device.everyMin === 0 || (time / MINUTE_MS) % device.everyMin === 0;
}

/**
 * Tasmota says the wall clock, without an offset, unless told otherwise; zigbee2mqtt says when it heard of a device, if told
 * to. Without that, days alike would hold messages alike, and after a restart some would be taken for redelivered: what
 * was delivered last is forgotten with pings, which run in real time.
 */
function withTime(message: HomeMessage, zone: string): HomeMessage {
  const { topic, payload, time } = message;
  const said = (more: object): HomeMessage => ({
    ...message,
    payload: JSON.stringify({ ...(JSON.parse(payload) as object), ...more }),
  });
  if (topic === 'tele/desk/SENSOR') return said({ Time: wallClock(zone, time) });
  return topic.startsWith('zigbee2mqtt/') ? said({ last_seen: new Date(time).toISOString() }) : message;
}

/** Each message counts as one of everything, and for the series of its topic. */
function readingsOf(messages: readonly HomeMessage[]): number {
  const perTopic = (topic: string): number =>
    topic === 'tele/desk/SENSOR' ? 3 : topic.endsWith('kitchen/climate') ? 3 : 2;
  return messages.reduce((sum, { topic }) => sum + perTopic(topic), 0);
}
