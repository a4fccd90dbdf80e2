import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration, FoldSpec } from '../config/configuration.ts';
import { numberOf } from './number-of.ts';
import type { Observation } from './observation.ts';
import { isConvertible } from './to-wire.ts';
import { convert } from './units.ts';

/** Folds that look at no amount. */
const WITHOUT_AMOUNT: ReadonlySet<FoldSpec['kind']> = new Set(['count', 'join']);

/**
 * The unit that all readings of an attribute-day are brought to before they are folded: that of its earliest reading that
 * Exist's unit can be made of. Series in the order of preference. Undefined: the attribute says the unit, or none is told.
 */
export function commonUnit(
  attribute: AttributeConfiguration,
  series: readonly (readonly Observation[])[],
): string | undefined {
  // Most readings tell none.
  if (attribute.unit !== undefined || !series.some((observations) => observations.some(hasUnit))) return undefined;
  for (const isWanted of [(unit: string) => isConvertible(unit, attribute), () => true]) {
    for (const observations of series) {
      let first: (Observation & { readonly unit: string }) | undefined;
      for (const observation of observations) {
        if (
          hasUnit(observation) &&
          (first === undefined || isEarlier(observation, first)) &&
          isWanted(observation.unit)
        )
          first = observation;
      }
      if (first !== undefined) return first.unit;
    }
  }
  return undefined;
}

/** The value in the common unit, a number where it had to be converted; undefined where it measures something else. */
export function valueIn(observation: Observation, fold: FoldSpec, common: string | undefined): Value | undefined {
  const { value, unit } = observation;
  if (unit === common || common === undefined || !hasUnit(observation) || WITHOUT_AMOUNT.has(fold.kind)) return value;
  const number = typeof value === 'boolean' ? undefined : numberOf(value);
  if (number === undefined) return value;
  const converted = convert(number, observation.unit, common);
  return converted === number ? value : converted;
}

function hasUnit(observation: Observation): observation is Observation & { readonly unit: string } {
  return observation.unit !== undefined && observation.unit.trim() !== '';
}

function isEarlier(left: Observation & { readonly unit: string }, right: Observation & { readonly unit: string }) {
  return left.at < right.at || (left.at === right.at && left.unit < right.unit);
}
