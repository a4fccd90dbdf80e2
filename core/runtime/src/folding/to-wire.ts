import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration, ValueType } from '../config/configuration.ts';
import { numberOf } from './number-of.ts';
import { convert } from './units.ts';

export type WireResult = { readonly value: number | string } | { readonly reason: string };

/** Limits of Exist's value types: exist.io API, "value types". */
const LAST_MINUTE = 1439;
const LONGEST_TEXT = 1000;
const DECIMALS = 3;
const SHARE_DECIMALS = 4;
const TRUE_TEXTS = new Set(['true', 'on', 'yes', '1']);
const FALSE_TEXTS = new Set(['false', 'off', 'no', '0']);
/** Folds whose outcome has a unit of its own, whatever the readings carry. */
const UNITLESS_FOLDS = new Set(['count', 'distinct', 'count_changes', 'any', 'all', 'time_first', 'time_last', 'join']);

/** Unit, scale, offset and rounding, then the check against the value type: what does not fit is refused, never bent. */
export function toWire(raw: Value, attribute: AttributeConfiguration, unitOfReadings: string | undefined): WireResult {
  const { type } = attribute;
  if (type === 'string') return textOf(raw);
  if (type === 'boolean') return booleanOf(raw);
  const number = numberOf(raw);
  if (number === undefined) return { reason: `"${String(raw).slice(0, 50)}" is not a number, and ${type} needs one` };
  const converted = inTargetUnit(number, attribute, unitOfReadings);
  if (typeof converted === 'string') return { reason: converted };
  return typed(converted * attribute.scale + attribute.offset, type, attribute.round);
}

function inTargetUnit(
  number: number,
  attribute: AttributeConfiguration,
  unitOfReadings: string | undefined,
): number | string {
  const { fold, type, targetUnit } = attribute;
  if (UNITLESS_FOLDS.has(fold.kind)) return number;
  const target = targetUnit ?? (type === 'duration' ? 'min' : type === 'percentage' ? 'fraction' : undefined);
  const unit = fold.kind === 'time_in' ? 'min' : (attribute.unit ?? unitOfReadings);
  if (target === undefined || unit === undefined) return number;
  const perHour = fold.kind === 'integral' ? integratedUnit(unit, fold.perMs) : unit;
  return (
    convert(number, perHour, target) ??
    `the unit ${perHour} cannot be turned into ${target}; set "unit" or "scale" of the attribute`
  );
}

/** Power over hours is energy; other units stay as they are, times the hour. */
function integratedUnit(unit: string, perMs: number): string {
  return perMs === 3_600_000 && ['W', 'kW'].includes(unit) ? `${unit}h` : unit;
}

function typed(number: number, type: ValueType, round: number | undefined): WireResult {
  if (!Number.isFinite(number)) return { reason: 'the value is not a finite number' };
  switch (type) {
    case 'float':
      return { value: rounded(number, round ?? DECIMALS) };
    case 'percentage': {
      const share = rounded(number, round ?? SHARE_DECIMALS);
      return share >= 0 && share <= 1
        ? { value: share }
        : { reason: `${share} is no share between 0 and 1; a value in percent says "unit: %"` };
    }
    case 'integer':
      return whole(number, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'an integer');
    case 'duration':
      return whole(number, 0, Number.MAX_SAFE_INTEGER, 'a duration in minutes');
    case 'scale':
      return whole(number, 1, 9, 'on the scale from 1 to 9');
    default:
      return whole(number, 0, LAST_MINUTE, 'a time of day in minutes');
  }
}

function whole(number: number, least: number, most: number, what: string): WireResult {
  const value = rounded(number, 0);
  return value >= least && value <= most ? { value } : { reason: `${value} is not ${what}` };
}

/** Half away from zero; never -0. Through text, since 1.005 * 100 is not 100.5. */
function rounded(number: number, places: number): number {
  const [digits, exponent = '0'] = Math.abs(number).toExponential().split('e');
  const shifted = Math.round(Number(`${digits}e${Number(exponent) + places}`));
  const [whole_, power = '0'] = shifted.toExponential().split('e');
  const value = Number(`${whole_}e${Number(power) - places}`);
  return number < 0 && value !== 0 ? -value : value;
}

function textOf(raw: Value): WireResult {
  const text = String(raw).trim();
  return text === '' ? { reason: 'the text is empty' } : { value: Array.from(text).slice(0, LONGEST_TEXT).join('') };
}

function booleanOf(raw: Value): WireResult {
  const text = String(raw).trim().toLowerCase();
  if (TRUE_TEXTS.has(text)) return { value: 1 };
  if (FALSE_TEXTS.has(text)) return { value: 0 };
  return { reason: `"${text.slice(0, 50)}" is neither true nor false` };
}
