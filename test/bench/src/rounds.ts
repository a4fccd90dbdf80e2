import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase, Figures } from './bench-case.ts';
import { WORK } from './places.ts';

export interface RoundOptions {
  readonly runs: number;
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
}

/** What each contender gave, round by round: equal indexes were measured right after each other. */
export type Rounds = ReadonlyMap<string, readonly Figures[]>;

/**
 * Runs the contenders of a case by turns, every second round in the opposite order, so that a machine that slows down
 * slows all of them. The first round warms the disk cache and is not
 * counted.
 */
export async function runRounds(benchCase: BenchCase, { runs, isQuick, say }: RoundOptions): Promise<Rounds> {
  const results = new Map<string, Figures[]>(benchCase.contenders.map(({ name }) => [name, []]));
  const { mostRounds } = benchCase;
  const first = isQuick || mostRounds !== undefined ? 1 : 0;
  const last = Math.min(runs, mostRounds ?? runs);
  for (let round = first; round <= last; round += 1) {
    const order = round % 2 === 0 ? benchCase.contenders : benchCase.contenders.toReversed();
    for (const contender of order) {
      const folder = join(WORK, `${benchCase.name}-${round}-${contender.name.replaceAll(/\W+/g, '-')}`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      try {
        const figures = await contender.run({ folder, isQuick });
        if (round > 0) results.get(contender.name)?.push(figures);
        say(`${benchCase.name} · ${contender.name}${round === 0 ? ' (warm-up)' : ''}: ${figuresLine(figures)}`);
      } catch (error) {
        throw new Error(`${benchCase.name} · ${contender.name}: ${(error as Error).message}`, { cause: error });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  }
  return results;
}

function figuresLine(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name} ${value?.toPrecision(4) ?? 'not measured'}`)
    .join(', ');
}
