import { pseudoRandom } from './pseudo-random.ts';

/** A message as a device of the home publishes it. */
export interface HomeMessage {
  /** Milliseconds since 1970: when it is published. */
  readonly time: number;
  readonly topic: string;
  readonly payload: string;
  readonly retain?: boolean;
}

export interface HomeDay {
  /** The instants at which the local day starts and ends, so that days of 23 and 25 hours come out whole. */
  readonly start: number;
  readonly end: number;
  readonly seed: number;
  /** Counters that go on from day to day start from here. */
  readonly energyKwh?: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/**
 * A plausible day in time order: door contacts, climate and motion as zigbee2mqtt says them, a desk plug as Tasmota,
 * a lamp as Shelly of the second generation, a phone as OwnTracks, a scale, a coffee machine
 * on a metering plug, a heater that Shelly reports as events. The same seed gives the same day.
 */
export function dayOfHome({ start, end, seed, energyKwh = 120 }: HomeDay): HomeMessage[] {
  const random = pseudoRandom(seed);
  const messages: HomeMessage[] = [];
  const say = (time: number, topic: string, payload: unknown, retain = false): void => {
    if (time < start || time >= end) return;
    messages.push({
      time: Math.round(time),
      topic,
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      ...(retain ? { retain } : {}),
    });
  };
  fridge(start, random, say);
  climate(start, end, random, say);
  motion(start, random, say);
  desk(start, end, random, say, energyKwh);
  lamp(start, random, say);
  phone(start, random, say);
  say(start + 7.3 * HOUR_MS, 'home/scale', { weight: round(71 + random(), 1), unit: 'kg', user: 1 });
  // New devices draw their chances last, so that the others keep their day.
  coffee(start, random, say);
  heater(start, end, random, say);
  return messages.sort((left, right) => left.time - right.time || (left.topic < right.topic ? -1 : 1));
}

type Say = (time: number, topic: string, payload: unknown, retain?: boolean) => void;

function fridge(start: number, random: () => number, say: Say): void {
  const door = (isClosed: boolean) => ({
    battery: 91,
    contact: isClosed,
    linkquality: 80 + Math.floor(random() * 40),
    voltage: 2985,
  });
  say(start + MINUTE_MS, 'zigbee2mqtt/fridge', door(true));
  const openings = 8 + Math.floor(random() * 8);
  for (let number = 0; number < openings; number += 1) {
    const at = start + (6.5 + (number * 15) / openings + random() * 0.6) * HOUR_MS;
    say(at, 'zigbee2mqtt/fridge', door(false));
    say(at + (15 + random() * 40) * 1000, 'zigbee2mqtt/fridge', door(true));
  }
}

function climate(start: number, end: number, random: () => number, say: Say): void {
  for (const [room, base] of Object.entries({ kitchen: 20.5, bedroom: 18, office: 21 })) {
    for (let at = start + random() * 5 * MINUTE_MS; at < end; at += 10 * MINUTE_MS) {
      const warmth = Math.sin(((at - start) / HOUR_MS - 9) * (Math.PI / 12));
      say(at, `zigbee2mqtt/${room}/climate`, {
        temperature: round(base + 1.8 * warmth + random() * 0.3, 2),
        humidity: round(48 - 5 * warmth, 1),
        battery: 77,
      });
    }
  }
}

function motion(start: number, random: () => number, say: Say): void {
  for (let hour = 7; hour < 23; hour += 0.4 + random()) {
    say(start + hour * HOUR_MS, 'zigbee2mqtt/hall_motion', {
      occupancy: true,
      illuminance: Math.floor(random() * 300),
    });
    say(start + hour * HOUR_MS + 90_000, 'zigbee2mqtt/hall_motion', {
      occupancy: false,
      illuminance: Math.floor(random() * 300),
    });
  }
}

/** Tasmota names the time of the measurement itself, in UTC where it is told to. */
function desk(start: number, end: number, random: () => number, say: Say, energyKwh: number): void {
  let total = energyKwh;
  for (let at = start; at < end; at += MINUTE_MS) {
    const hour = (at - start) / HOUR_MS;
    const isWorking = (hour > 8.5 && hour < 12) || (hour > 13 && hour < 17.2);
    const power = isWorking ? 60 + Math.floor(random() * 60) : 2;
    total += power / 60 / 1000;
    const measured = new Date(Math.floor(at / 1000) * 1000).toISOString().replace('.000Z', 'Z');
    say(at, 'tele/desk/SENSOR', { Time: measured, ENERGY: { Total: round(total, 3), Power: power, Voltage: 231 } });
  }
}

function lamp(start: number, random: () => number, say: Say): void {
  for (const [index, hour] of [6.8, 8.1, 17.5, 22.6].entries()) {
    const output = index % 2 === 0;
    say(start + hour * HOUR_MS, 'shellyplus1pm-lamp/status/switch:0', {
      id: 0,
      source: 'switch',
      output,
      apower: output ? round(8 + random(), 1) : 0,
      temperature: { tC: 41.2 },
    });
  }
}

function phone(start: number, random: () => number, say: Say): void {
  for (let hour = 8; hour < 19; hour += 0.5) {
    const tst = Math.floor((start + hour * HOUR_MS) / 1000);
    say(start + hour * HOUR_MS, 'owntracks/alex/phone', {
      _type: 'location',
      tid: 'ax',
      lat: round(52.52 + random() / 100, 5),
      lon: round(13.4 + random() / 100, 5),
      tst,
      batt: 70,
    });
  }
  let steps = 0;
  for (let hour = 7; hour < 22; hour += 0.25) {
    steps += Math.floor(random() * 260);
    say(start + hour * HOUR_MS, 'home/phone/steps', String(steps));
  }
}

/** A plug says each change of state and a sample while the machine heats. */
function coffee(start: number, random: () => number, say: Say): void {
  let energy = 31.2;
  for (const hour of [6.9, 9.4, 13.1, 15.8]) {
    const at = start + (hour + random() * 0.3) * HOUR_MS;
    say(at, 'zigbee2mqtt/coffee', { state: 'ON', power: 0, energy: round(energy, 2) });
    for (let minute = 1; minute <= 4; minute += 1) {
      const power = 1300 + Math.floor(random() * 120);
      energy += power / 60 / 1000;
      say(at + minute * MINUTE_MS, 'zigbee2mqtt/coffee', { state: 'ON', power, energy: round(energy, 2) });
    }
    say(at + 5 * MINUTE_MS, 'zigbee2mqtt/coffee', { state: 'OFF', power: 0, energy: round(energy, 2) });
  }
}

/** Energy as Shelly counts it, in Wh that never fall; its notifications carry seconds since 1970. */
function heater(start: number, end: number, random: () => number, say: Say): void {
  let total = 5400;
  for (let at = start + 2 * MINUTE_MS; at < end; at += 5 * MINUTE_MS) {
    const hour = (at - start) / HOUR_MS;
    const apower = hour > 6 && hour < 9 ? round(900 + random() * 50, 1) : 0;
    total += apower / 12;
    say(at, 'shellyplus1pm-heater/events/rpc', {
      src: 'shellyplus1pm-heater',
      dst: 'shellyplus1pm-heater/events',
      method: 'NotifyStatus',
      params: { ts: round(at / 1000, 2), 'switch:0': { id: 0, apower, aenergy: { total: round(total, 3) } } },
    });
  }
}

function round(number: number, places: number): number {
  return Number(number.toFixed(places));
}
