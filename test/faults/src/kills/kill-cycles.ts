import type { TwinCounters } from '@dayfold/exist-twin';
import { KILLS } from '../catalogue/kills.ts';
import { Dice } from '../dice.ts';
import { DaemonGone } from '../driver/daemon-driver.ts';
import type { EpisodeResult } from '../episode.ts';
import { breaches } from '../fault.ts';
import type { Allowance, Fault } from '../fault.ts';
import { begun, firstDay, isBad, lineOf, overMidnight } from '../run-seed.ts';
import { journalVerdict } from '../verdict.ts';
import { MINUTE_MS } from '../world/world.ts';
import type { World } from '../world/world.ts';

export interface KillsOptions {
  readonly seed: number;
  /** How often the daemon dies at each step. */
  readonly rounds: number;
  readonly steps?: readonly Fault[];
  readonly say?: (line: string) => void;
}

const ROUND = 'kills: days and Exist after a round';
/** May hit the record of an acquire that a kill before left open: it is then made once more. */
const ANY_RECORD = new Set(['kill before a record', 'kill at a random moment', 'kill while it starts']);
const MESSAGES = { before: 3, during: 5, after: 2 };

/**
 * One data folder that lives through kill after kill, each step of a write once a round, in an order of its own. After
 * each the journal is counted; after the midnight that ends a round, days and Exist too: what dies between is made up for.
 */
export async function runKills(options: KillsOptions): Promise<EpisodeResult[]> {
  const { seed, rounds, steps = KILLS, say = () => undefined } = options;
  const dice = new Dice(seed);
  const results: EpisodeResult[] = [];
  await using world = await begun(seed, dice);
  await firstDay(world);
  for (let round = 0; round < rounds; round += 1) {
    const manners = new Manners(world.twin.counters());
    for (const step of dice.shuffled(steps)) {
      const from = performance.now();
      const result = await cycle(world, step, seed, manners);
      results.push(result);
      say(`seed ${seed} · ${results.length} · ${((performance.now() - from) / 1000).toFixed(1)} s · ${lineOf(result)}`);
      if (isBad(result)) return results;
    }
    await overMidnight(world, results, seed, ROUND);
    const last = results.at(-1);
    if (last !== undefined && isBad(last)) return results;
  }
  return results;
}

/** Some messages, the kill at its step, the start, and the journal. */
async function cycle(world: World, step: Fault, seed: number, manners: Manners): Promise<EpisodeResult> {
  manners.allow(step.allows);
  if (ANY_RECORD.has(step.name)) manners.allow({ owned: 1 });
  const result = { fault: step.name, seed, lost: [], doubled: [] };
  let struck = false;
  try {
    await world.traffic(MESSAGES.before);
    try {
      await step.inject(world);
      await world.traffic(MESSAGES.during);
      for (let passed = 0; passed < step.lastsMs && world.driver.isRunning; passed += MINUTE_MS)
        await world.driver.advance(MINUTE_MS);
    } catch (error) {
      if (!(error instanceof DaemonGone)) throw error;
    }
    struck = (await step.struck?.(world)) ?? true;
    await step.heal(world);
    await world.traffic(MESSAGES.after);
    await world.settle();
    return { ...result, struck, ...(await journalVerdict(world)), complaints: manners.broken(world.twin.counters()) };
  } catch (error) {
    return { ...result, struck, complaints: [(error as Error).stack ?? String(error)] };
  }
}

/** What is sent again after a kill may be sent a few kills later: allowances are kept for the round. */
class Manners {
  readonly #before: TwinCounters;
  readonly #allowed: Partial<Record<keyof Allowance, number>> = {};

  constructor(before: TwinCounters) {
    this.#before = before;
  }

  allow(allows: Allowance = {}): void {
    for (const [name, by] of Object.entries(allows) as [keyof Allowance, number][])
      this.#allowed[name] = (this.#allowed[name] ?? 0) + by;
  }

  broken(now: TwinCounters): string[] {
    return breaches(this.#before, now, this.#allowed);
  }
}
