import type { Instant, JournalReading } from '@dayfold/runtime';
import { HAS_RECEIVED, HAS_SERIES, HAS_UNIT, jsonOf, newColumns, openColumns, TEXT } from './reading-columns.ts';
import type { Columns, Words } from './reading-columns.ts';
import { ARRIVAL, BOOLEAN, flagsOf, RETAINED } from './reading-rows.ts';

/** Without id, span, date and table: nothing ever asks for such a reading but by its time. */
export function isPlain({ id, start, date, table }: JournalReading): boolean {
  return id === undefined && start === undefined && date === undefined && table === undefined;
}

/** Readings of several series; `series` numbers that of each. */
export function packed(readings: readonly JournalReading[], series: ArrayLike<number>): Uint8Array {
  const hasReceived = readings.some(({ at, receivedAt }) => at !== receivedAt);
  return packedWith(readings, (hasReceived ? HAS_RECEIVED : 0) | HAS_SERIES, series);
}

/** Of one series, without the times of arrival. */
export function packedAlike(readings: readonly JournalReading[]): Uint8Array {
  return packedWith(readings, 0);
}

/** Hands over each reading with from <= at < to; `seriesOf` names a series by its number. Throws where the bytes are damaged. */
export function unpacked(
  body: Uint8Array,
  seriesOf: (series: number) => string,
  take: (reading: JournalReading, series: number) => void,
  from: Instant = Number.NEGATIVE_INFINITY,
  to: Instant = Number.POSITIVE_INFINITY,
): void {
  const { count, columns, words } = openColumns(body);
  const { at, series } = columns;
  let number = -1;
  let name = series === undefined ? seriesOf(number) : '';
  for (let index = 0; index < count; index += 1) {
    const time = at[index] as number;
    if (time < from || time >= to) continue;
    if (series !== undefined && series[index] !== number) {
      number = series[index] as number;
      name = seriesOf(number);
    }
    take(readingAt(columns, words, index, name), number);
  }
}

/** The reading at this place of the columns. */
export function readingAt(
  { at, value, received, unit, flags }: Columns,
  { texts, units }: Words,
  index: number,
  series: string,
): JournalReading {
  const time = at[index] as number;
  const flag = flags[index] as number;
  const amount = value[index] as number;
  const reading: { -readonly [Key in keyof JournalReading]: JournalReading[Key] } = {
    series,
    value: (flag & TEXT) !== 0 ? (texts[amount] as string) : (flag & BOOLEAN) === 0 ? amount : amount === 1,
    at: time,
    receivedAt: received === undefined ? time : (received[index] as number),
  };
  if ((flag & ARRIVAL) !== 0) reading.arrival = true;
  if ((flag & RETAINED) !== 0) reading.retained = true;
  if (unit !== undefined && unit[index] !== 0) reading.unit = units[(unit[index] as number) - 1] as string;
  return reading;
}

function packedWith(readings: readonly JournalReading[], parts: number, series?: ArrayLike<number>): Uint8Array {
  const words: Words = { texts: [], units: [] };
  /** Of each unit; a list would be searched through for each reading. */
  const numbers = new Map<string, number>();
  const hasUnit = readings.some(({ unit }) => unit !== undefined);
  const { columns, body } = newColumns(readings.length, hasUnit ? parts | HAS_UNIT : parts);
  const { at, value, received, unit, flags } = columns;
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index] as JournalReading;
    at[index] = reading.at;
    flags[index] = flagsOf(reading);
    if (typeof reading.value === 'string') {
      flags[index] = (flags[index] as number) | TEXT;
      value[index] = words.texts.push(reading.value) - 1;
    } else value[index] = Number(reading.value);
    if (received !== undefined) received[index] = reading.receivedAt;
    if (unit === undefined || reading.unit === undefined) continue;
    let number = numbers.get(reading.unit);
    if (number === undefined) numbers.set(reading.unit, (number = words.units.push(reading.unit)));
    unit[index] = number;
  }
  if (series !== undefined) columns.series?.set(series);
  return body(jsonOf(words));
}
