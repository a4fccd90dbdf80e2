import type { Reading, Value } from '../reading.ts';
import { compileExpression, MEETS_LIST } from './expression.ts';
import type { CompiledExpression } from './expression.ts';
import { localDateOf } from './local-date.ts';
import type { Misfit } from './misfit.ts';
import { timeOf } from './times.ts';
import { valueOf } from './value-of.ts';

export interface Picker {
  /** Answers at once unless an expression needs jsonata. Never throws and never rejects. */
  pick(series: string, record: unknown): Reading | Misfit | Promise<Reading | Misfit>;
}

/** What `seriesFields` parses to. */
export interface PickerOptions {
  readonly value?: string | undefined;
  readonly time?: string | undefined;
  readonly time_format?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly date?: string | undefined;
  readonly date_format?: string | undefined;
  readonly id?: string | undefined;
  readonly unit?: string | undefined;
}

export interface PickerExtras {
  /** The records are lists of cells under these names, and `namesColumns` is true. */
  readonly columns?: readonly string[];
  /** Look for a field of exactly this name first; a text that is no expression is then a name only. */
  readonly names?: boolean;
  /** The decimal sign of numbers written as text. */
  readonly decimal?: '.' | ',';
}

const FIELDS = ['value', 'time', 'start', 'end', 'date', 'id', 'unit'] as const;
type Field = (typeof FIELDS)[number];
type Picked = Partial<Record<Field, unknown>>;
type Getter = (record: unknown) => unknown;

/** Whether what these options name are columns and nothing else, so that a row need not be made an object. */
export function namesColumns(options: PickerOptions, columns: readonly string[]): boolean {
  return (
    options.value !== undefined &&
    FIELDS.every((field) => options[field] === undefined || columns.includes(options[field]))
  );
}

/** Compiles the options of one series; throws where an expression is wrong. */
export function createPicker(options: PickerOptions, extras: PickerExtras = {}): Picker {
  const getters = FIELDS.filter((field) => options[field] !== undefined).map((field) => {
    const text = options[field] as string;
    return [field, field === 'unit' ? unitGetter(text, extras) : getterOf(text, extras)] as const;
  });
  const [first, second] = getters;
  if (getters.length === 1 && first?.[0] === 'value') return valuePicker(first[1], extras);
  if (getters.length === 2 && first?.[0] === 'value' && second?.[0] === 'date')
    return datedPicker(first[1], second[1], options, extras);
  return {
    pick(series, record) {
      const waits: Promise<void>[] = [];
      try {
        const picked: Picked = {};
        for (const [field, getter] of getters) {
          const found = getter(record);
          if (found instanceof Promise) waits.push(found.then((value: unknown) => void (picked[field] = value)));
          else picked[field] = found;
        }
        if (waits.length === 0) return readingOf(series, record, picked, options, extras);
        return Promise.all(waits).then(() => readingOf(series, record, picked, options, extras), misfitOf);
      } catch (error) {
        for (const wait of waits) unawaited(wait);
        return misfitOf(error);
      }
    },
  };
}

/** As the general one, without the detour for fields that are not asked for. */
function valuePicker(getter: Getter, { decimal = '.' }: PickerExtras): Picker {
  const readingOf = (series: string, raw: unknown): Reading | Misfit => {
    const value = valueOf(raw, decimal);
    return isRefused(value) ? value : { series, value };
  };
  return {
    pick(series, record) {
      try {
        const found = getter(record);
        return found instanceof Promise
          ? found.then((late: unknown) => readingOf(series, late), misfitOf)
          : readingOf(series, found);
      } catch (error) {
        return misfitOf(error);
      }
    },
  };
}

/** The same for the columns of a table. */
function datedPicker(value: Getter, date: Getter, options: PickerOptions, extras: PickerExtras): Picker {
  const { decimal = '.' } = extras;
  const { date_format: format } = options;
  return {
    pick(series, record) {
      let rawValue: unknown;
      try {
        rawValue = value(record);
        const rawDate = date(record);
        if (rawValue instanceof Promise || rawDate instanceof Promise)
          return Promise.all([rawValue, rawDate]).then(
            ([lateValue, lateDate]) => readingOf(series, record, { value: lateValue, date: lateDate }, options, extras),
            misfitOf,
          );
        const found = valueOf(rawValue, decimal);
        if (isRefused(found)) return found;
        const day = localDateOf(rawDate, format);
        return day === undefined ? unreadable('date', rawDate) : { series, value: found, date: day };
      } catch (error) {
        unawaited(rawValue);
        return misfitOf(error);
      }
    },
  };
}

function getterOf(text: string, extras: PickerExtras): Getter {
  if (extras.columns !== undefined) return cellGetter(text, extras.columns);
  if (extras.names !== true) return getterFrom(compileExpression(text));
  // Most are plain columns: they need no jsonata.
  let compiled: Getter | undefined;
  const compile = (): Getter => {
    try {
      return getterFrom(compileExpression(text));
    } catch {
      return () => {
        throw new Error(`there is no "${text}"`);
      };
    }
  };
  return (record) => {
    if (hasOwnName(record, text)) return record[text];
    compiled ??= compile();
    return compiled(record);
  };
}

/** Of columns with one name the first counts. */
function cellGetter(text: string, columns: readonly string[]): Getter {
  const index = columns.indexOf(text);
  return (cells) => (cells as readonly unknown[])[index];
}

function getterFrom(compiled: CompiledExpression): Getter {
  const { fast } = compiled;
  if (fast === undefined) return (record) => compiled.evaluate(record);
  return (record) => {
    const value = fast(record);
    return value === MEETS_LIST ? compiled.evaluate(record) : value;
  };
}

/** `unit: kWh` is a unit, `unit: unit_of_measurement` a field that holds one; an expression is marked by `$` or a call. */
function unitGetter(text: string, extras: PickerExtras): Getter {
  if (extras.columns !== undefined) {
    const cell = cellGetter(text, extras.columns);
    return (cells) => cell(cells) || text;
  }
  let compiled: CompiledExpression | undefined;
  try {
    compiled = compileExpression(text);
  } catch {
    return (record) => (extras.names === true && hasOwnName(record, text) ? record[text] : text);
  }
  const { fast } = compiled;
  if (fast === undefined) return /[$("']/.test(text) ? getterFrom(compiled) : () => text;
  return (record) => {
    const found = extras.names === true && hasOwnName(record, text) ? record[text] : fast(record);
    return typeof found === 'string' && found !== '' ? found : text;
  };
}

function hasOwnName(record: unknown, name: string): record is Record<string, unknown> {
  return typeof record === 'object' && record !== null && !Array.isArray(record) && Object.hasOwn(record, name);
}

function readingOf(
  series: string,
  record: unknown,
  picked: Picked,
  options: PickerOptions,
  extras: PickerExtras,
): Reading | Misfit {
  const isSpan = options.start !== undefined && options.end !== undefined;
  const reading: { -readonly [Key in keyof Reading]: Reading[Key] } = { series };
  if (options.value !== undefined || !isSpan) {
    const value = valueOf(options.value === undefined ? record : picked.value, extras.decimal ?? '.');
    if (isRefused(value)) return value;
    reading.value = value;
  }
  if (options.date !== undefined) {
    const date = localDateOf(picked.date, options.date_format);
    if (date === undefined) return unreadable('date', picked.date);
    reading.date = date;
  } else if (isSpan) {
    const start = timeOf(picked.start, options.time_format);
    if (start === undefined) return unreadable('start', picked.start);
    const end = timeOf(picked.end, options.time_format);
    if (end === undefined) return unreadable('end', picked.end);
    reading.start = start;
    reading.end = end;
  } else {
    // One end of a span alone is a moment.
    const field =
      options.time !== undefined
        ? 'time'
        : options.start !== undefined
          ? 'start'
          : options.end !== undefined
            ? 'end'
            : undefined;
    if (field !== undefined) {
      const time = timeOf(picked[field], options.time_format);
      if (time === undefined) return unreadable(field, picked[field]);
      reading.time = time;
    }
  }
  if (typeof picked.id === 'number' || (typeof picked.id === 'string' && picked.id !== ''))
    reading.id = String(picked.id);
  if (typeof picked.unit === 'string' && picked.unit !== '') reading.unit = picked.unit;
  return reading;
}

function isRefused(value: Value | Misfit): value is Misfit {
  return typeof value === 'object';
}

function unreadable(field: string, raw: unknown): Misfit {
  if (raw === undefined || raw === null || raw === '') return { misfit: `no ${field}` };
  const shown = typeof raw === 'object' ? JSON.stringify(raw) : String(raw as string | number | boolean);
  return { misfit: `"${shown.slice(0, 80)}" is not a readable ${field}` };
}

/** Another field is wrong already: what comes of this one is of no interest, nor is its failure. */
function unawaited(found: unknown): void {
  if (found instanceof Promise) found.catch(() => undefined);
}

function misfitOf(error: unknown): Misfit {
  return { misfit: (error as { message?: string }).message ?? String(error) };
}
