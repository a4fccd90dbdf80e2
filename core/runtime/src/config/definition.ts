import { Secret } from '../kernel/secret.ts';
import type { AttributeConfiguration } from './configuration.ts';

/** Text that changes exactly when days already folded could get another value: the sign to fold them again. */
export function definitionOf(attribute: AttributeConfiguration): string {
  const { from, combine, fold, when, span, staleMs, unit, scale, offset, round, type, targetUnit } = attribute;
  return stableText({ from, combine, fold, when, span, staleMs, unit, scale, offset, round, type, targetUnit });
}

/** JSON with sorted keys; also tells expressions and functions apart, which a plugin's schema may make of its options. */
export function stableText(value: unknown): string {
  return (
    JSON.stringify(value, function (this: unknown, key, part: unknown) {
      // What stands there before it turned itself into JSON: two secrets are not the same for both being secret.
      const given = (this as Readonly<Record<string, unknown>>)[key];
      if (given instanceof Secret) return given.reveal();
      if (typeof part === 'function' || typeof part === 'bigint' || part instanceof RegExp) return String(part);
      if (part instanceof Map || part instanceof Set) return [...part];
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
      return Object.fromEntries(Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)));
    }) ?? ''
  );
}
