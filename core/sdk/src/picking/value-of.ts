import type { Value } from '../reading.ts';
import { strictCommaNumber, strictNumber } from './numbers.ts';
import type { Misfit } from './picker.ts';

/** Texts by which devices and spreadsheets say that there is no number. */
const NOTHING = new Set(['', 'NaN', 'nan', 'null', 'nil']);

/** The value that a field of a record states. */
export function valueOf(raw: unknown, decimal: '.' | ','): Value | Misfit {
  if (raw === undefined || raw === null) return { misfit: 'no value' };
  if (typeof raw === 'boolean') return raw;
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : { misfit: 'no value' };
  if (typeof raw !== 'string')
    return { misfit: `the value is ${Array.isArray(raw) ? 'a list' : 'an object'}, not a number, text or true/false` };
  const text = raw.trim();
  if (NOTHING.has(text)) return { misfit: 'no value' };
  const number = decimal === ',' ? strictCommaNumber(text) : strictNumber(text);
  // A longer integer is a key, not an amount: as a number it would lose digits.
  return number === undefined || (!Number.isSafeInteger(number) && /^[+-]?\d+$/.test(text)) ? text : number;
}
