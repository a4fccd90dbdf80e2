import type { Instant } from '@dayfold/runtime';
import { countOf, HAS_RECEIVED, HAS_UNIT, newColumns, numberIn, openColumns, TEXT } from './reading-columns.ts';
import type { Columns, Words } from './reading-columns.ts';

export interface Page {
  readonly series: number;
  /** Hours since 1970, UTC. */
  readonly hour: number;
  readonly count: number;
  /** Readings of this series and hour, by their time. */
  readonly body: Uint8Array;
}

/** Columns of many bodies, one behind the other. */
type Gathered = Words & { readonly [Key in keyof Columns]-?: NonNullable<Columns[Key]> };

const HOUR_MS = 3_600_000;
const SLAB_BYTES = 256 * 1024;

/** Readings of several series as pages by series and hour. Sorted column by column: an object of each would cost several times as much. */
export function* sortedPages(bodies: readonly Uint8Array[]): Generator<Page> {
  const all = gathered(bodies);
  const order = bySeriesAndTime(all);
  const bytesFor = fromSlabs();
  for (let from = 0; from < order.length;) {
    const first = order[from] as number;
    const series = all.series[first] as number;
    const hour = hourOf(all.at[first] as number);
    let to = from + 1;
    while (to < order.length && isOf(all, order[to] as number, series, hour)) to += 1;
    yield { series, hour, count: to - from, body: pageOf(all, order, from, to, bytesFor) };
    from = to;
  }
}

export function hourOf(at: Instant): number {
  // SQLite's integers end where no instant is any more.
  return Math.max(-1e12, Math.min(1e12, Math.floor(at / HOUR_MS)));
}

function isOf({ series, at }: Gathered, index: number, wanted: number, hour: number): boolean {
  return series[index] === wanted && hourOf(at[index] as number) === hour;
}

function gathered(bodies: readonly Uint8Array[]): Gathered {
  const count = bodies.reduce((sum, body) => sum + countOf(body), 0);
  const all: Gathered = {
    at: new Float64Array(count),
    value: new Float64Array(count),
    received: new Float64Array(count),
    series: new Uint32Array(count),
    unit: new Uint16Array(count),
    flags: new Uint8Array(count),
    texts: [],
    units: [],
  };
  let from = 0;
  for (const body of bodies) {
    const { count: length, columns, words } = openColumns(body);
    all.at.set(columns.at, from);
    all.value.set(columns.value, from);
    all.received.set(columns.received ?? columns.at, from);
    all.flags.set(columns.flags, from);
    if (columns.series !== undefined) all.series.set(columns.series, from);
    const units = words.units.map((word) => numberIn(all.units, word));
    if (columns.unit !== undefined)
      for (let index = 0; index < length; index += 1)
        all.unit[from + index] = units[(columns.unit[index] as number) - 1] ?? 0;
    if (words.texts.length > 0)
      for (let index = from; index < from + length; index += 1)
        if (((all.flags[index] as number) & TEXT) !== 0)
          all.value[index] = (all.value[index] as number) + all.texts.length;
    for (const text of words.texts) all.texts.push(text);
    from += length;
  }
  return all;
}

/** Places of the readings; those of one series and one moment in the order of their arrival. */
function bySeriesAndTime({ series, at }: Gathered): Uint32Array {
  const starts = new Uint32Array(series.reduce((most, number) => Math.max(most, number), 0) + 2);
  for (const number of series) starts[number + 1] = (starts[number + 1] as number) + 1;
  for (let number = 1; number < starts.length; number += 1)
    starts[number] = (starts[number] as number) + (starts[number - 1] as number);
  const order = new Uint32Array(series.length);
  const ends = starts.slice();
  for (let index = 0; index < series.length; index += 1) {
    const number = series[index] as number;
    order[ends[number] as number] = index;
    ends[number] = (ends[number] as number) + 1;
  }
  for (let number = 0; number + 1 < starts.length; number += 1) {
    const from = starts[number] as number;
    const to = starts[number + 1] as number;
    if (!isInTime(at, order, from, to))
      order.subarray(from, to).sort((left, right) => (at[left] as number) - (at[right] as number) || left - right);
  }
  return order;
}

/** Mostly they came in order. */
function isInTime(at: Float64Array, order: Uint32Array, from: number, to: number): boolean {
  for (let place = from + 1; place < to; place += 1)
    if ((at[order[place] as number] as number) < (at[order[place - 1] as number] as number)) return false;
  return true;
}

function pageOf(
  all: Gathered,
  order: Uint32Array,
  from: number,
  to: number,
  bytesFor: (size: number) => Uint8Array,
): Uint8Array {
  const words: Words = { texts: [], units: [] };
  const { columns, body } = newColumns(to - from, partsOf(all, order, from, to), bytesFor);
  const { at, value, received, unit, flags } = columns;
  for (let place = 0; place < to - from; place += 1) {
    const index = order[from + place] as number;
    const flag = all.flags[index] as number;
    const amount = all.value[index] as number;
    at[place] = all.at[index] as number;
    flags[place] = flag;
    value[place] = (flag & TEXT) === 0 ? amount : words.texts.push(all.texts[amount] as string) - 1;
    if (received !== undefined) received[place] = all.received[index] as number;
    const unitNumber = all.unit[index] as number;
    if (unit !== undefined && unitNumber > 0) unit[place] = numberIn(words.units, all.units[unitNumber - 1] as string);
  }
  return body(words);
}

/** Which columns a page needs. */
function partsOf({ at, received, unit }: Gathered, order: Uint32Array, from: number, to: number): number {
  let parts = 0;
  for (let place = from; place < to; place += 1) {
    const index = order[place] as number;
    if (received[index] !== at[index]) parts |= HAS_RECEIVED;
    if (unit[index] !== 0) parts |= HAS_UNIT;
  }
  return parts;
}

/** Many small pieces of few buffers: thousands of pages come at once, and a buffer of its own costs more than what a page holds. */
function fromSlabs(): (size: number) => Uint8Array {
  let slab = new ArrayBuffer(0);
  let end = 0;
  return (size) => {
    if (end + size > slab.byteLength) {
      slab = new ArrayBuffer(Math.max(SLAB_BYTES, size));
      end = 0;
    }
    const bytes = new Uint8Array(slab, end, size);
    end = Math.ceil((end + size) / 8) * 8;
    return bytes;
  };
}
