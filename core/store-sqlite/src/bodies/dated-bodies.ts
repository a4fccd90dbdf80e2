import type { Instant, JournalReading, LocalDay } from '@dayfold/runtime';
import { dateAt } from '../numbers/dates.ts';
import { inOrder } from './in-order.ts';
import { packedAlike, readingAt } from './packed-readings.ts';
import { newColumns, openColumns } from './reading-columns.ts';
import { flagsOf } from './reading-rows.ts';

/** Dates that stand in one page: whoever asks for one of them reads all. */
const STRETCH_MS = 128 * 24 * 3_600_000;
/** For readings of one page among themselves. */
const UNSAID: Origin = { series: '', table: '', receivedAt: 0 };

/** What all readings of a page have in common. */
export interface Origin {
  readonly series: string;
  readonly table: string;
  readonly receivedAt: Instant;
}

/** Dated, in a table, without an id: nothing asks for such a reading but by its date or its table. */
export function isPaged({ table, date, at, id, start }: JournalReading): boolean {
  return table !== undefined && date !== undefined && id === undefined && start === undefined && dateAt(at) === date;
}

/** Beside its date there is a number and nothing more. */
export function isBare(reading: JournalReading): boolean {
  return typeof reading.value === 'number' && reading.unit === undefined && flagsOf(reading) === 0;
}

export function stretchOf(at: Instant): number {
  return Math.floor(at / STRETCH_MS);
}

/** The same bytes for the same readings. */
export function bodyOf(readings: JournalReading[]): Uint8Array {
  return packedAlike(inOrder(readings));
}

/** Bare readings of one series. */
export interface BareColumns {
  readonly at: Float64Array;
  readonly value: Float64Array;
}

/** As `bodyOf`, of bare readings in order. */
export function bareBody({ at, value }: BareColumns): Uint8Array {
  const { columns, body } = newColumns(at.length, 0);
  columns.at.set(at);
  columns.value.set(value);
  return body();
}

/** In the order of a body. */
export function sortedColumns({ at, value }: BareColumns): BareColumns {
  const order = Uint32Array.from(at, (_, index) => index).sort(
    (left, right) => (at[left] as number) - (at[right] as number) || (value[left] as number) - (value[right] as number),
  );
  return {
    at: Float64Array.from(order, (index) => at[index] as number),
    value: Float64Array.from(order, (index) => value[index] as number),
  };
}

/** One body of what came in several. Of bare readings, of which there may be very many, no objects are made. */
export function mergedBody(bodies: readonly Uint8Array[]): Uint8Array {
  const parts = bodies.map((body) => openColumns(body).columns);
  if (!parts.every(({ unit, flags }) => unit === undefined && flags.every((flag) => flag === 0)))
    return bodyOf(bodies.flatMap((body) => readingsIn(body, UNSAID)));
  const count = parts.reduce((sum, { at }) => sum + at.length, 0);
  const all = { at: new Float64Array(count), value: new Float64Array(count) };
  let from = 0;
  for (const { at, value } of parts) {
    all.at.set(at, from);
    all.value.set(value, from);
    from += at.length;
  }
  return bareBody(isSorted(all) ? all : sortedColumns(all));
}

/** A table whose rows are in order comes in parts that follow each other. */
function isSorted({ at, value }: BareColumns): boolean {
  for (let index = 1; index < at.length; index += 1) {
    const step = (at[index] as number) - (at[index - 1] as number);
    if (step < 0 || (step === 0 && (value[index] as number) < (value[index - 1] as number))) return false;
  }
  return true;
}

/** In order, with from <= at <= to. Throws where the bytes are damaged. */
export function readingsIn(
  body: Uint8Array,
  { series, table, receivedAt }: Origin,
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY,
): JournalReading[] {
  const { columns, words } = openColumns(body);
  const { at: moments, value: values, flags, unit: units } = columns;
  const found: JournalReading[] = [];
  const end = placeBehind(moments, to);
  for (let index = placeOf(moments, from); index < end; index += 1) {
    const at = moments[index] as number;
    const date = dateAt(at) as LocalDay;
    const isPlain = units === undefined && flags[index] === 0;
    found.push(
      isPlain
        ? { series, value: values[index] as number, at, receivedAt, date, table }
        : { ...readingAt(columns, words, index, series), date, table, receivedAt },
    );
  }
  return found;
}

/** All of a body, one by one; told apart by what they say. */
export function* contentIn(body: Uint8Array): Generator<JournalReading> {
  const { count, columns, words } = openColumns(body);
  for (let index = 0; index < count; index += 1) yield readingAt(columns, words, index, '');
}

/** False where there is more than a number, or a date is among them already. */
export function addNumbers(body: Uint8Array, from: Instant, to: Instant, numbers: Map<LocalDay, number>): boolean {
  const { at: moments, value, flags, unit } = openColumns(body).columns;
  const [start, end] = [placeOf(moments, from), placeBehind(moments, to)];
  const before = numbers.size;
  for (let index = start; index < end; index += 1) {
    if (flags[index] !== 0 || (unit?.[index] ?? 0) !== 0) return false;
    numbers.set(dateAt(moments[index] as number) as LocalDay, value[index] as number);
  }
  // Each date was a new one.
  return numbers.size - before === Math.max(0, end - start);
}

/** Those with from <= at <= to. */
export function countIn(body: Uint8Array, from: Instant, to: Instant): number {
  const { at } = openColumns(body).columns;
  return Math.max(0, placeBehind(at, to) - placeOf(at, from));
}

/** Each date once, as its UTC midnight, in order. */
export function daysIn(body: Uint8Array): Instant[] {
  const { at } = openColumns(body).columns;
  const days: Instant[] = [];
  let last: Instant | undefined;
  for (const day of at) {
    if (day !== last) days.push(day);
    last = day;
  }
  return days;
}

/** The nearest date before or behind a moment, as its UTC midnight; told without a look at the others. */
export function dayBeside(body: Uint8Array, moment: Instant, direction: 'earlier' | 'later'): Instant | undefined {
  const { at } = openColumns(body).columns;
  return at[direction === 'later' ? placeBehind(at, moment) : placeOf(at, moment) - 1];
}

/** Of the first reading at this moment or later. */
function placeOf(at: Float64Array, moment: Instant): number {
  let [low, high] = [0, at.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((at[middle] as number) < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Dates lie on whole milliseconds. */
function placeBehind(at: Float64Array, moment: Instant): number {
  return placeOf(at, moment + 1);
}
