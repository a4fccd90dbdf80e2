import { DaemonGone } from './driver/daemon-driver.ts';
import { MESSAGES_DURING, breaches } from './fault.ts';
import type { Fault } from './fault.ts';
import { isCaughtUp, verdict } from './verdict.ts';
import { HOUR_MS, MINUTE_MS } from './world/world.ts';
import type { World } from './world/world.ts';

export interface EpisodeResult {
  readonly fault: string;
  readonly seed: number;
  /** It came to strike; otherwise it shows nothing. */
  readonly struck: boolean;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Manners not kept, a problem not named, something that did not recover. */
  readonly complaints: readonly string[];
}

const STEP_MS = 5 * MINUTE_MS;
/** Within two hours of its end everything is as it should be: an hour of waiting at the most, then the next sync. */
const RECOVERY_MS = 2 * HOUR_MS + 10 * MINUTE_MS;

/**
 * One fault: some messages before, the fault with messages, some after, and then everything is compared. The fault
 * before may still show in the times of syncs: one that made up for a failed one is followed by the next in its own hour.
 */
export async function episode(world: World, fault: Fault, seed: number, before?: Fault): Promise<EpisodeResult> {
  const complaints: string[] = [];
  const counted = world.twin.counters();
  const allows = {
    ...fault.allows,
    periodicSyncsWithinAnHour:
      (fault.allows?.periodicSyncsWithinAnHour ?? 0) + (before?.allows?.periodicSyncsWithinAnHour ?? 0),
  };
  let struck = false;
  let isNamed = fault.problem === undefined;
  try {
    world.writes();
    await world.traffic(MESSAGES_DURING / 2);
    const meanwhile = async (): Promise<void> => {
      await fault.inject(world);
      await world.traffic(MESSAGES_DURING);
      // By the minute: what is told after the third try may be over with the fifth.
      for (let passed = 0; passed < fault.lastsMs; passed += MINUTE_MS) {
        await world.driver.advance(Math.min(MINUTE_MS, fault.lastsMs - passed));
        isNamed ||= await isProblemShown(world, fault.problem);
        struck = (await fault.struck?.(world)) ?? true;
        if (struck && isNamed) break;
      }
    };
    try {
      await meanwhile();
    } catch (error) {
      if (!(error instanceof DaemonGone)) throw error;
    }
    struck ||= (await fault.struck?.(world)) ?? true;
    await fault.heal(world);
    await world.traffic(MESSAGES_DURING / 2);
    await world.settle();
    complaints.push(...(await recovery(world)));
    if (struck && !isNamed) complaints.push(`status never named ${fault.problem}`);
    complaints.push(...breaches(counted, world.twin.counters(), allows));
    return { fault: fault.name, seed, struck, ...(await verdict(world)), complaints };
  } catch (error) {
    complaints.push((error as Error).stack ?? String(error));
    return { fault: fault.name, seed, struck, lost: [], doubled: [], complaints };
  }
}

/** In little parts, so that disk and network keep pace with a time that is moved. */
async function letPass(world: World, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= MINUTE_MS) await world.driver.advance(Math.min(left, MINUTE_MS));
}

/** Waits until nothing is to be done any more; says what is still open when the time is up. */
export async function recovery(world: World): Promise<string[]> {
  for (let passed = 0; passed < RECOVERY_MS; passed += STEP_MS) {
    await letPass(world, STEP_MS);
    if (isCaughtUp(world) && (await openMatters(world)).length === 0) return [];
  }
  return await openMatters(world);
}

async function openMatters(world: World): Promise<string[]> {
  const { problems, sources } = await world.driver.ask('status', null);
  return [
    ...problems.map(({ code, message }) => `status still names ${code}: ${message}`),
    ...sources
      .filter(({ state }) => state !== 'running')
      .map(({ name, state, message }) => `source ${name} is ${state}: ${message ?? ''}`),
  ];
}

async function isProblemShown(world: World, code: string | undefined): Promise<boolean> {
  const { problems } = await world.driver.ask('status', null);
  return problems.some((problem) => problem.code === code);
}
