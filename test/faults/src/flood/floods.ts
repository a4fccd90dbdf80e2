import type { EpisodeResult } from '../episode.ts';
import { flood } from './flood.ts';
import type { FloodResult } from './flood.ts';

/** Of resident memory over what an idle daemon has. Three million messages that left 150 bytes each would show. */
const MOST_GROWTH_MB = 400;
export const PER_SECOND = 50_000;
const NAMES = 1_000_000;
/** Of the storm, one message of so many is of a series that an attribute is made from. */
const PLAIN_EVERY = 10;

/** A minute of messages at a rate, and a million topics, as fast as they go, that nobody asked for one by one. */
export async function floods(
  seconds: number,
  perSecond: number,
  say: (line: string) => void,
): Promise<EpisodeResult[]> {
  const minute = await flood({ messages: perSecond * seconds, perSecond, plainEvery: 1 });
  say(lineOf('flood', minute));
  const messages = Math.ceil((NAMES * PLAIN_EVERY) / (PLAIN_EVERY - 1));
  const storm = await flood({ messages, perSecond: PER_SECOND, plainEvery: PLAIN_EVERY });
  say(lineOf('topic storm', storm));
  return [judged('flood of messages of QoS 1', minute), judged('storm of topics', storm, 'source.too_many_series')];
}

export function judged(fault: string, result: FloodResult, problem?: string): EpisodeResult {
  const { plain, stored, problems, memoryMb } = result;
  const complaints: string[] = [];
  const growth = memoryMb.flooded - memoryMb.idle;
  if (growth > MOST_GROWTH_MB) complaints.push(`memory grew by ${growth} MB`);
  if (problem !== undefined && !problems.includes(problem)) complaints.push(`status never named ${problem}`);
  const found = `${stored} readings in the day for ${plain} acknowledged`;
  const [lost, doubled] = [stored < plain ? [found] : [], stored > plain ? [found] : []];
  return { fault, seed: 0, struck: true, lost, doubled, complaints };
}

function lineOf(what: string, { sent, seconds, memoryMb }: FloodResult): string {
  const { idle, begun, flooded, folded } = memoryMb;
  const rate = Math.round(sent / seconds);
  return `${what}: ${sent} messages, ${rate} a second; memory ${idle} MB idle, ${begun} in the first seconds, ${flooded} to the end of it, ${folded} with the day folded`;
}
