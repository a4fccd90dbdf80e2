import { Dice } from './dice.ts';
import { episode, recovery } from './episode.ts';
import type { EpisodeResult } from './episode.ts';
import type { Fault } from './fault.ts';
import { verdict } from './verdict.ts';
import { mosquittoHindrance } from './world/mosquitto-broker.ts';
import { HOUR_MS, MINUTE_MS, World } from './world/world.ts';
import type { BrokerKind } from './world/world.ts';

/** Of so many seeds one lives at a real mosquitto on MQTT 5, where there is one. */
const EVERY_MOSQUITTO = 4;

export function brokerOf(seed: number): BrokerKind {
  return seed % EVERY_MOSQUITTO === 0 && mosquittoHindrance() === undefined ? 'mosquitto' : 'aedes';
}

export interface SeedOptions {
  readonly seed: number;
  readonly faults: readonly Fault[];
  readonly count: number;
  readonly say?: (line: string) => void;
}

const ZONE = 'Europe/Berlin';
/** Midnights in Berlin: before the clocks go back, before they go forward, and of plain days over a month's end. */
const STARTS = ['2026-10-23T22:00:00Z', '2026-03-27T23:00:00Z', '2026-06-28T22:00:00Z', '2026-12-29T23:00:00Z'];
/** An episode that begins later would reach over midnight. */
const LAST_HOUR = 17;

/** A world that lives through so many faults, one after the other, over as many days as they take. */
export async function runSeed(options: SeedOptions): Promise<EpisodeResult[]> {
  const { seed, count, say = () => undefined } = options;
  const faults = options.faults.filter(({ brokers }) => brokers?.includes(brokerOf(seed)) !== false);
  if (faults.length === 0) {
    say(`seed ${seed} · none of them can strike at ${brokerOf(seed)}`);
    return [];
  }
  const dice = new Dice(seed);
  const results: EpisodeResult[] = [];
  await using world = await begun(seed, dice);
  await firstDay(world);
  const chosen = Array.from({ length: Math.ceil(count / faults.length) }, () => dice.shuffled(faults)).flat();
  for (const [index, fault] of chosen.slice(0, count).entries()) {
    if (hourOf(world) >= LAST_HOUR) await overMidnight(world, results, seed);
    const from = performance.now();
    const result = await episode(world, fault, seed, chosen[index - 1]);
    results.push(result);
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    say(`seed ${seed} · ${index + 1}/${count} · ${seconds} s · ${lineOf(result)}`);
    // What went wrong once would be found again by every comparison that follows.
    if (isBad(result)) return results;
  }
  await overMidnight(world, results, seed);
  return results;
}

/** A world at the beginning of one of the days, at the broker of its seed. */
export async function begun(seed: number, dice: Dice): Promise<World> {
  return await World.begin(seed, { start: Date.parse(dice.one(STARTS)), zone: ZONE, broker: brokerOf(seed) });
}

export function isBad({ lost, doubled, complaints }: EpisodeResult): boolean {
  return lost.length + doubled.length + complaints.length > 0;
}

export function lineOf({ fault, struck, lost, doubled, complaints }: EpisodeResult): string {
  const found = [
    ...lost.map((text) => `lost ${text}`),
    ...doubled.map((text) => `doubled ${text}`),
    ...complaints.map((text) => `complaint: ${text}`),
  ];
  return `${fault}${struck ? '' : ' (did not strike)'}: ${found.length === 0 ? 'survived' : found.join('; ')}`;
}

/** Everything owned and confirmed once, before anything goes wrong. */
export async function firstDay(world: World): Promise<void> {
  await world.driver.advance(2 * HOUR_MS);
  await world.everything();
  await world.settle();
  const open = await recovery(world);
  const { lost, doubled } = await verdict(world);
  if (open.length + lost.length + doubled.length > 0)
    throw new Error(`nothing went wrong yet, and still: ${[...open, ...lost, ...doubled].join('; ')}`);
}

/** Deltas in doubt are settled by the sync after midnight; what it brings is held against the faults of the day. */
export async function overMidnight(
  world: World,
  results: EpisodeResult[],
  seed: number,
  fault = 'midnight',
): Promise<void> {
  const today = world.dayOf(world.now);
  while (world.dayOf(world.now) === today) await world.driver.advance(30 * MINUTE_MS);
  await world.driver.advance(2 * HOUR_MS);
  const complaints = await recovery(world);
  const found = await verdict(world);
  results.push({ fault, seed, struck: true, ...found, complaints });
}

function hourOf(world: World): number {
  return Number(
    new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, hour: '2-digit', hourCycle: 'h23' }).format(world.now),
  );
}
