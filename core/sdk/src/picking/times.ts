import dayjs from 'dayjs';
import customParseFormat from 'dayjs/plugin/customParseFormat.js';
import utc from 'dayjs/plugin/utc.js';
import { strictNumber } from './numbers.ts';

dayjs.extend(customParseFormat);
dayjs.extend(utc);

const ISO =
  /^(\d{4})[-/](\d\d)[-/](\d\d)(?:(?:T|\s+)(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?$/i;
/** Smaller numbers are not times since 1970 but counters, or dates such as 20240331. */
const LEAST_EPOCH_S = 1e8;

/**
 * The time a record states: milliseconds since 1970 for epoch numbers (s, ms, µs and ns told by their magnitude),
 * ISO 8601 text otherwise, without an offset when the record has none: then it is local time of the user.
 * Undefined when it cannot be read.
 */
export function timeOf(value: unknown, format?: string): number | string | undefined {
  if (typeof value === 'number') return epochOf(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (format !== undefined && format !== 'X' && format !== 'x') return formatted(text, format);
  const number = strictNumber(text);
  return number === undefined ? isoOf(text) : epochOf(number);
}

/** Local text `YYYY-MM-DDTHH:mm:ss.SSS` of the components, read strictly; an offset in the format is kept. */
export function formatted(text: string, format: string): string | undefined {
  const zoned = /\s*ZZ?$/.exec(format);
  if (zoned === null) return componentsOf(text, format);
  const offset = /\s*(Z|[+-]\d\d(?::?\d\d)?)$/i.exec(text);
  if (offset === null) return undefined;
  const local = componentsOf(text.slice(0, offset.index), format.slice(0, zoned.index));
  return local === undefined ? undefined : local + offsetOf(offset[1] ?? 'Z');
}

function componentsOf(text: string, format: string): string | undefined {
  const parsed = dayjs.utc(text, format, true);
  return parsed.isValid() ? parsed.format('YYYY-MM-DDTHH:mm:ss.SSS') : undefined;
}

function epochOf(value: number): number | undefined {
  if (!Number.isFinite(value) || value < LEAST_EPOCH_S) return undefined;
  if (value < 1e11) return Math.round(value * 1000);
  if (value < 1e14) return Math.round(value);
  if (value < 1e17) return Math.round(value / 1000);
  return value < 1e20 ? Math.round(value / 1e6) : undefined;
}

function isoOf(text: string): string | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction, offset] = match;
  // A leap second is the last one of its minute here: no calendar below knows :60.
  const wholeSecond = second === '60' ? '59' : second;
  const isReal =
    isRealDate(Number(year), Number(month), Number(day)) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(wholeSecond) < 60;
  if (!isReal) return undefined;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${wholeSecond}${fraction === undefined ? '' : `.${fraction}`}`;
  return offset === undefined ? local : local + offsetOf(offset);
}

export function isRealDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function offsetOf(text: string): string {
  if (/^(?:Z|UTC|GMT)$/i.test(text)) return 'Z';
  const digits = text.replace(':', '').padEnd(5, '0');
  return `${digits.slice(0, 3)}:${digits.slice(3, 5)}`;
}
