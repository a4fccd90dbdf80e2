import type { Instant, JournalReading } from '@dayfold/runtime';
import { StoreUnusable } from '@dayfold/runtime';
import { crc32 } from 'node:zlib';
import { flagsOf } from './reading-rows.ts';

/**
 * Plain readings in columns, as `journal_tail` and `journal_page` keep them. Little-endian, each column as long as the
 * readings: at (f64), value (f64; of a text its number among the texts), receivedAt (f64, left out where it is `at`
 * throughout), series (u32, left out where it is one for all), unit (u16, its number among the units from 1, 0 for none; left
 * out where there are none), flags (u8); then the texts and units as JSON.
 */
interface Columns {
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly received: Float64Array | undefined;
  readonly series: Uint32Array | undefined;
  readonly unit: Uint16Array | undefined;
  readonly flags: Uint8Array;
}

interface Words {
  readonly texts: readonly string[];
  readonly units: readonly string[];
}

const VERSION = 1;
/** Four u32: version, count, which columns there are, length of the JSON. */
const HEAD_BYTES = 16;
const HAS_RECEIVED = 1;
const HAS_SERIES = 2;
const HAS_UNIT = 4;
const ARRIVAL = 1;
const RETAINED = 2;
const BOOLEAN = 4;
const TEXT = 8;

/** Without id, span, date and table: nothing ever asks for such a reading but by its time. */
export function isPlain({ id, start, date, table }: JournalReading): boolean {
  return id === undefined && start === undefined && date === undefined && table === undefined;
}

/** `series` names the series of each; undefined where all are of one. */
export function packed(readings: readonly JournalReading[], series: ArrayLike<number> | undefined): Uint8Array {
  const texts: string[] = [];
  const units: string[] = [];
  const hasReceived = readings.some(({ at, receivedAt }) => at !== receivedAt);
  const hasUnit = readings.some(({ unit }) => unit !== undefined);
  const parts = (hasReceived ? HAS_RECEIVED : 0) | (series === undefined ? 0 : HAS_SERIES) | (hasUnit ? HAS_UNIT : 0);
  const columns = new ArrayBuffer(HEAD_BYTES + readings.length * widthOf(parts));
  const { at, value, received, unit, flags, series: numbers } = columnsOf(columns, readings.length, parts);
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index] as JournalReading;
    at[index] = reading.at;
    flags[index] = flagsOf(reading);
    if (typeof reading.value === 'string') {
      flags[index] = (flags[index] as number) | TEXT;
      value[index] = texts.push(reading.value) - 1;
    } else value[index] = Number(reading.value);
    if (received !== undefined) received[index] = reading.receivedAt;
    if (unit !== undefined && reading.unit !== undefined) unit[index] = numberIn(units, reading.unit);
  }
  if (series !== undefined) numbers?.set(series);
  const words = Buffer.from(texts.length + units.length === 0 ? '' : JSON.stringify({ texts, units } satisfies Words));
  new Uint32Array(columns, 0, 4).set([VERSION, readings.length, parts, words.length]);
  return words.length === 0 ? new Uint8Array(columns) : Buffer.concat([new Uint8Array(columns), words]);
}

/** Hands over each reading with from <= at < to; `seriesOf` names a series by its number. Throws where the bytes are damaged. */
export function unpacked(
  body: Uint8Array,
  seriesOf: (series: number) => string,
  take: (reading: JournalReading, series: number) => void,
  from: Instant = Number.NEGATIVE_INFINITY,
  to: Instant = Number.POSITIVE_INFINITY,
): void {
  const bytes = body.byteOffset % 8 === 0 ? body : body.slice();
  const [version = 0, count = 0, parts = 0, jsonBytes = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 4);
  const end = HEAD_BYTES + count * widthOf(parts);
  if (version !== VERSION || end + jsonBytes !== bytes.length) throw damaged('readings');
  const { at, value, received, series, unit, flags } = columnsOf(bytes.buffer, count, parts, bytes.byteOffset);
  const words: Words =
    jsonBytes === 0
      ? { texts: [], units: [] }
      : (JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + end, jsonBytes).toString()) as Words);
  let number = -1;
  let name = series === undefined ? seriesOf(number) : '';
  for (let index = 0; index < count; index += 1) {
    const time = at[index] as number;
    if (time < from || time >= to) continue;
    if (series !== undefined && series[index] !== number) {
      number = series[index] as number;
      name = seriesOf(number);
    }
    const flag = flags[index] as number;
    const amount = value[index] as number;
    const reading: { -readonly [Key in keyof JournalReading]: JournalReading[Key] } = {
      series: name,
      value: (flag & TEXT) !== 0 ? (words.texts[amount] as string) : (flag & BOOLEAN) === 0 ? amount : amount === 1,
      at: time,
      receivedAt: received === undefined ? time : (received[index] as number),
    };
    if ((flag & ARRIVAL) !== 0) reading.arrival = true;
    if ((flag & RETAINED) !== 0) reading.retained = true;
    if (unit !== undefined && unit[index] !== 0) reading.unit = words.units[(unit[index] as number) - 1] as string;
    take(reading, number);
  }
}

/** SQLite checks no content: damaged bytes inside a blob would pass for readings. */
export function checksumOf(body: Uint8Array): number {
  return crc32(body);
}

/** A body as it was written; throws where it is not. */
export function intact(body: unknown, checksum: unknown): Uint8Array {
  if (!(body instanceof Uint8Array) || checksumOf(body) !== checksum) throw damaged('readings');
  return body;
}

export function countOf(body: Uint8Array): number {
  return Buffer.from(body.buffer, body.byteOffset, HEAD_BYTES).readUInt32LE(4);
}

function damaged(what: string): StoreUnusable {
  return new StoreUnusable(
    'store.damaged',
    `the database in the data folder is damaged: ${what} are not as they were stored`,
  );
}

function numberIn(words: string[], word: string): number {
  const known = words.indexOf(word);
  return known === -1 ? words.push(word) : known + 1;
}

/** Bytes of one reading. */
function widthOf(parts: number): number {
  return (
    17 +
    ((parts & HAS_RECEIVED) === 0 ? 0 : 8) +
    ((parts & HAS_SERIES) === 0 ? 0 : 4) +
    ((parts & HAS_UNIT) === 0 ? 0 : 2)
  );
}

function columnsOf(buffer: ArrayBufferLike, count: number, parts: number, offset = 0): Columns {
  let end = offset + HEAD_BYTES;
  const place = (bytes: number): number => (end += bytes * count) - bytes * count;
  return {
    at: new Float64Array(buffer, place(8), count),
    value: new Float64Array(buffer, place(8), count),
    received: (parts & HAS_RECEIVED) === 0 ? undefined : new Float64Array(buffer, place(8), count),
    series: (parts & HAS_SERIES) === 0 ? undefined : new Uint32Array(buffer, place(4), count),
    unit: (parts & HAS_UNIT) === 0 ? undefined : new Uint16Array(buffer, place(2), count),
    flags: new Uint8Array(buffer, place(1), count),
  };
}
