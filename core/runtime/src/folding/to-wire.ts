import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration, ValueType } from '../config/configuration.ts';
import { numberOf } from './number-of.ts';
import { LONGEST_TEXT } from './joined.ts';
import { convert, integrated } from './units.ts';

export type WireResult = { readonly value: number | string } | { readonly reason: string };

/** Limits of Exist's value types: exist.io API, "value types". */
const LAST_MINUTE = 1439;
const DECIMALS = 3;
const SHARE_DECIMALS = 4;
const TRUE_TEXTS = new Set(['true', 'on', 'yes']);
const FALSE_TEXTS = new Set(['false', 'off', 'no']);
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

/** Whether values in this unit can become what the attribute wants. */
export function isConvertible(unit: string, attribute: AttributeConfiguration): boolean {
  return typeof inTargetUnit(1, attribute, unit) === 'number';
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
  if (target === undefined || unit === undefined || unit.trim() === '') return number;
  // `unit` may name what the integral is in, or what the readings are in.
  const direct = convert(number, unit, target);
  if (direct !== undefined) return direct;
  const area = fold.kind === 'integral' ? integrated(number, unit, fold.perMs) : undefined;
  const converted = area === undefined ? undefined : convert(area.value, area.unit, target);
  return converted ?? `the unit ${unit} cannot be turned into ${target}; set "unit" or "scale" of the attribute`;
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
  if (hasNoMore(number, places)) return number === 0 ? 0 : number;
  const shifted = Math.round(shiftedBy(Math.abs(number), places));
  // Numbers this large have no decimals to round.
  const size = Number.isFinite(shifted) ? shiftedBy(shifted, -places) : Math.abs(number);
  return number < 0 && size !== 0 ? -size : size;
}

/** Most readings have few decimals: they need no way through text. Beyond 15 digits a number may stand for several decimals. */
function hasNoMore(number: number, places: number): boolean {
  const size = 10 ** places;
  const whole = Math.round(number * size);
  return Math.abs(whole) < 1e15 && whole / size === number;
}

function shiftedBy(number: number, places: number): number {
  const [digits, exponent = '0'] = number.toExponential().split('e');
  return Number(`${digits}e${Number(exponent) + places}`);
}

function textOf(raw: Value): WireResult {
  if (typeof raw === 'number' && !Number.isFinite(raw)) return { reason: 'the value is not a finite number' };
  const text = String(raw).trim();
  return text === ''
    ? { reason: 'the text is empty' }
    : { value: [...text].slice(0, LONGEST_TEXT).join('').toWellFormed() };
}

function booleanOf(raw: Value): WireResult {
  const text = String(raw).trim().toLowerCase();
  const number = numberOf(raw);
  if (TRUE_TEXTS.has(text) || number === 1) return { value: 1 };
  if (FALSE_TEXTS.has(text) || number === 0) return { value: 0 };
  return { reason: `"${text.slice(0, 50)}" is neither true nor false` };
}
