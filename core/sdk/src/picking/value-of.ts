import type { Value } from '../reading.ts';
import type { Misfit } from './misfit.ts';
import { strictCommaNumber, strictNumber } from './numbers.ts';

/** Texts by which devices and spreadsheets say that there is no number. */
const NOTHING = new Set(['', 'NaN', 'nan', 'null', 'nil']);

/** The value that a field of a record states. */
export function valueOf(raw: unknown, decimal: '.' | ','): Value | Misfit {
  if (raw === undefined || raw === null) return { misfit: 'no value' };
  if (typeof raw === 'boolean') return raw;
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : { misfit: 'no value' };
  if (typeof raw !== 'string')
    return { misfit: `the value is ${Array.isArray(raw) ? 'a list' : 'an object'}, not a number, text or true/false` };
  const number = decimal === ',' ? strictCommaNumber(raw) : strictNumber(raw);
  // A longer integer is a key, not an amount: as a number it would lose digits.
  if (number !== undefined && (Math.abs(number) <= Number.MAX_SAFE_INTEGER || !/^[+-]?\d+$/.test(raw.trim())))
    return number;
  const text = raw.trim();
  return NOTHING.has(text) ? { misfit: 'no value' } : text;
}
