import type { AttributeConfiguration, FoldSpec } from '../config/configuration.ts';
import type { Observation } from './observation.ts';

/** Of one number they make that number. */
const SAME: ReadonlySet<FoldSpec['kind']> = new Set(['sum', 'mean', 'median', 'min', 'max', 'first', 'last']);

/** One number of a table is the value of its day. */
export function isToldByOne({ fold, when }: Pick<AttributeConfiguration, 'fold' | 'when'>): boolean {
  return when === undefined && SAME.has(fold.kind);
}

/**
 * What folding makes of a day with this reading alone, told without folding: in tables nearly every day is such a day.
 * Undefined where it is to be folded.
 */
export function loneNumber(
  attribute: Pick<AttributeConfiguration, 'fold' | 'when'>,
  { value, date, retained }: Observation,
): number | undefined {
  if (typeof value !== 'number' || date === undefined || retained === true) return undefined;
  return isToldByOne(attribute) && Number.isFinite(value) ? value : undefined;
}
