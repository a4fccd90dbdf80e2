import type { FaultKind } from '@dayfold/exist-twin';
import fc from 'fast-check';

/** What befalls a daemon in its life. */
export const TROUBLES = [
  'broker killed',
  'Exist refuses',
  'Exist silent',
  'daemon killed',
  'daemon restarted',
  'configuration changed',
  'configuration broken',
  'disk full',
] as const;
export type TroubleKind = (typeof TROUBLES)[number];

/** Those after which another process goes on. */
const ENDING: ReadonlySet<TroubleKind> = new Set(['daemon killed', 'daemon restarted']);
/** Answers of Exist, or none, that pass by themselves. */
const REFUSALS = ['429', '429-retry-after', '500', 'html502', 'html504AfterApply', 'drop-before', 'drop-after-apply'];
/** In a day: often enough to meet one another's consequences. */
const A_DAY = 3;

export interface Trouble {
  /** Of the run, from 1; it strikes in this hour or in the first one after it that allows it. */
  readonly hour: number;
  readonly kind: TroubleKind;
  readonly answer: FaultKind;
  /** Requests that are answered so. */
  readonly requests: number;
  readonly minutes: number;
}

/**
 * Three troubles a day in the order of their hours, the same for the same seed; each kind comes before one comes again.
 * In the last quarter no process ends, so that what it comes to hold is seen.
 */
export function drawnTroubles(days: number, seed: number): readonly Trouble[] {
  const count = days * A_DAY;
  const draw = fc.record({
    hour: fc.integer({ min: 1, max: 24 / A_DAY }),
    answer: fc.constantFrom(...(REFUSALS as FaultKind[])),
    requests: fc.integer({ min: 1, max: 4 }),
    minutes: fc.integer({ min: 1, max: 45 }),
  });
  const drawn = fc.sample(draw, { numRuns: count, seed });
  const kinds = fc
    .sample(fc.shuffledSubarray([...TROUBLES], { minLength: TROUBLES.length }), { numRuns: count, seed })
    .flat();
  const lasting = kinds.filter((kind) => !ENDING.has(kind));
  return drawn.map((each, index) => {
    const isLast = index >= count * 0.75 && days > 7;
    const kind = (isLast ? lasting : kinds)[index] as TroubleKind;
    return { ...each, kind, hour: (index * 24) / A_DAY + each.hour };
  });
}
