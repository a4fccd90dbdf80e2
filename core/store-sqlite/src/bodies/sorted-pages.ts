import type { Instant } from '@dayfold/runtime';
import { countOf, HAS_RECEIVED, HAS_UNIT, jsonOf, newColumns, numberIn, openColumns, TEXT } from './reading-columns.ts';
import type { Columns, Words } from './reading-columns.ts';
import { smallBody } from './small-bodies.ts';

export interface Page {
  readonly series: number;
  /** Hours since 1970, UTC. */
  readonly hour: number;
  readonly count: number;
  /** Readings of this series and hour, by their time; small. */
  readonly body: Uint8Array;
}

/** Columns of many bodies, one behind the other. */
type Gathered = Words & { readonly [Key in keyof Columns]-?: NonNullable<Columns[Key]> };

const HOUR_MS = 3_600_000;
const ALL = HAS_RECEIVED | HAS_UNIT;

/** Readings of several series as pages by series and hour. Sorted column by column: an object of each would cost several times as much. */
export function* sortedPages(bodies: readonly Uint8Array[]): Generator<Page> {
  const all = gathered(bodies);
  const order = bySeriesAndTime(all);
  // The same for one page after the other: a buffer of its own would cost more than what a page holds.
  let room = newColumns(0, ALL).columns;
  for (let from = 0; from < order.length;) {
    const first = order[from] as number;
    const series = all.series[first] as number;
    const hour = hourOf(all.at[first] as number);
    let to = from + 1;
    while (to < order.length && isOf(all, order[to] as number, series, hour)) to += 1;
    if (to - from > room.at.length) room = newColumns(2 * (to - from), ALL).columns;
    yield { series, hour, count: to - from, body: pageOf(all, order.subarray(from, to), room) };
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

/** `room` are columns for so many readings or more. */
function pageOf(all: Gathered, order: Uint32Array, room: Columns): Uint8Array {
  const units: string[] = [];
  const texts = new Map<string, number>();
  const columns = firstOf(room, order.length, partsFor(all, order));
  const { at, value, received, unit, flags } = columns;
  for (let place = 0; place < order.length; place += 1) {
    const index = order[place] as number;
    const flag = all.flags[index] as number;
    const amount = all.value[index] as number;
    at[place] = all.at[index] as number;
    flags[place] = flag;
    value[place] = (flag & TEXT) === 0 ? amount : numberOf(texts, all.texts[amount] as string);
    if (received !== undefined) received[place] = all.received[index] as number;
    if (unit === undefined) continue;
    const number = all.unit[index] as number;
    unit[place] = number === 0 ? 0 : numberIn(units, all.units[number - 1] as string);
  }
  return smallBody(columns, jsonOf({ texts: [...texts.keys()], units }));
}

/** Of a text among those of a page: a state comes again and again. A list would be searched through for each. */
function numberOf(texts: Map<string, number>, text: string): number {
  const known = texts.get(text);
  if (known === undefined) texts.set(text, texts.size);
  return known ?? texts.size - 1;
}

/** Which columns a page needs. */
function partsFor({ at, received, unit }: Gathered, order: Uint32Array): number {
  let parts = 0;
  for (let place = 0; place < order.length; place += 1) {
    const index = order[place] as number;
    if (received[index] !== at[index]) parts |= HAS_RECEIVED;
    if (unit[index] !== 0) parts |= HAS_UNIT;
  }
  return parts;
}

/** The first of each column that a page needs. */
function firstOf({ at, value, received, unit, flags }: Columns, count: number, parts: number): Columns {
  return {
    at: at.subarray(0, count),
    value: value.subarray(0, count),
    received: (parts & HAS_RECEIVED) === 0 ? undefined : received?.subarray(0, count),
    series: undefined,
    unit: (parts & HAS_UNIT) === 0 ? undefined : unit?.subarray(0, count),
    flags: flags.subarray(0, count),
  };
}
