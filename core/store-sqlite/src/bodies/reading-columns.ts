import { StoreUnusable } from '@dayfold/runtime';
import { crc32 } from 'node:zlib';

/**
 * Plain readings in columns. A packed body holds them as they are, little-endian, each column as long as the readings: at
 * (f64), value (f64; of a text its number among the texts), receivedAt (f64, left out where it is `at` throughout), series
 * (u32, left out where it is one for all), unit (u16, its number among the units from 1, 0 for none; left out where there are
 * none), flags (u8); then the texts and units as JSON. A small body holds the same in fewer bytes, see `smallBody`.
 */
export interface Columns {
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly received: Float64Array | undefined;
  readonly series: Uint32Array | undefined;
  readonly unit: Uint16Array | undefined;
  readonly flags: Uint8Array;
}

export interface Words {
  readonly texts: string[];
  readonly units: string[];
}

/** What each body begins with. */
interface Head {
  readonly kind: number;
  readonly count: number;
  readonly parts: number;
  readonly jsonBytes: number;
}

/** Kinds of body. */
export const PACKED = 1;
export const SMALL = 2;
/** Four u32: kind, count, which columns there are, length of the JSON. */
export const HEAD_BYTES = 16;
const NO_BYTES = Buffer.alloc(0);
const NO_WORDS: Readonly<Words> = { texts: [], units: [] };
export const HAS_RECEIVED = 1;
export const HAS_SERIES = 2;
export const HAS_UNIT = 4;
/** Of `flags`, beside those of a row. */
export const TEXT = 8;

/** Empty columns for so many readings, all 0; `body` gives the bytes once they are filled. `parts` says which columns there are. */
export function newColumns(
  count: number,
  parts: number,
): { readonly columns: Columns; readonly body: (json?: Uint8Array) => Uint8Array } {
  const bytes = new Uint8Array(HEAD_BYTES + count * widthOf(parts));
  return {
    columns: columnsOf(bytes.buffer, count, parts),
    body(json = NO_BYTES) {
      writeHead(bytes, { kind: PACKED, count, parts, jsonBytes: json.length });
      return json.length === 0 ? bytes : Buffer.concat([bytes, json]);
    },
  };
}

/** The columns of a packed body, without a copy where it can be; its words are read when they are asked for. Throws where the bytes are damaged. */
export function openColumns(body: Uint8Array): {
  readonly count: number;
  readonly columns: Columns;
  readonly json: Uint8Array;
  readonly words: Words;
} {
  const bytes = body.byteOffset % 8 === 0 ? body : body.slice();
  const { kind, count, parts, jsonBytes } = headOf(bytes);
  const end = HEAD_BYTES + count * widthOf(parts);
  if (kind !== PACKED || end + jsonBytes !== bytes.length) throw damaged();
  const json = jsonBytes === 0 ? NO_BYTES : Buffer.from(bytes.buffer, bytes.byteOffset + end, jsonBytes);
  return {
    count,
    columns: columnsOf(bytes.buffer, count, parts, bytes.byteOffset),
    json,
    get words() {
      return jsonBytes === 0 ? NO_WORDS : (JSON.parse(json.toString()) as Words);
    },
  };
}

export function jsonOf(words: Words): Uint8Array {
  return words.texts.length + words.units.length === 0 ? NO_BYTES : Buffer.from(JSON.stringify(words));
}

export function headOf({ buffer, byteOffset }: Uint8Array): Head {
  const head = new DataView(buffer, byteOffset, HEAD_BYTES);
  return {
    kind: head.getUint32(0, true),
    count: head.getUint32(4, true),
    parts: head.getUint32(8, true),
    jsonBytes: head.getUint32(12, true),
  };
}

export function writeHead({ buffer, byteOffset }: Uint8Array, { kind, count, parts, jsonBytes }: Head): void {
  const head = new DataView(buffer, byteOffset, HEAD_BYTES);
  head.setUint32(0, kind, true);
  head.setUint32(4, count, true);
  head.setUint32(8, parts, true);
  head.setUint32(12, jsonBytes, true);
}

/** Of a body of any kind. */
export function countOf(body: Uint8Array): number {
  return headOf(body).count;
}

/** Which columns there are. */
export function partsOf({ received, series, unit }: Columns): number {
  return (
    (received === undefined ? 0 : HAS_RECEIVED) |
    (series === undefined ? 0 : HAS_SERIES) |
    (unit === undefined ? 0 : HAS_UNIT)
  );
}

/** SQLite checks no content: damaged bytes inside a blob would pass for readings. */
export function checksumOf(body: Uint8Array): number {
  return crc32(body);
}

/** A body as it was written; throws where it is not. */
export function intact(body: unknown, checksum: unknown): Uint8Array {
  if (!(body instanceof Uint8Array) || checksumOf(body) !== checksum) throw damaged();
  return body;
}

/** The highest of their numbers. */
export function lastSeriesIn(body: Uint8Array): number {
  return openColumns(body).columns.series?.reduce((last, number) => Math.max(last, number), 0) ?? 0;
}

/** Of a word among those kept so far, to which it is added; from 1. */
export function numberIn(words: string[], word: string): number {
  const known = words.indexOf(word);
  return known === -1 ? words.push(word) : known + 1;
}

export function damaged(): StoreUnusable {
  return new StoreUnusable(
    'store.damaged',
    'the database in the data folder is damaged: readings are not as they were stored',
  );
}

/** Bytes of one reading. */
export function widthOf(parts: number): number {
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
