import type { AttributeConfiguration, FoldSpec } from '../config/configuration.ts';
import type { Observation } from './observation.ts';

/** Of one number they make that number. */
const SAME: ReadonlySet<FoldSpec['kind']> = new Set(['sum', 'mean', 'median', 'min', 'max', 'first', 'last']);

/**
 * What folding makes of a day with this reading alone, told without folding: in tables nearly every day is such a day.
 * Undefined where it is to be folded.
 */
export function loneNumber(
  { fold, when }: Pick<AttributeConfiguration, 'fold' | 'when'>,
  { value, date, retained }: Observation,
): number | undefined {
  if (typeof value !== 'number' || date === undefined || retained === true || when !== undefined) return undefined;
  return SAME.has(fold.kind) && Number.isFinite(value) ? value : undefined;
}
