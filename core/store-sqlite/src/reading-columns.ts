import { StoreUnusable } from '@dayfold/runtime';
import { crc32 } from 'node:zlib';

/**
 * Plain readings in columns, as `journal_tail` and `journal_page` keep them. Little-endian, each column as long as the
 * readings: at (f64), value (f64; of a text its number among the texts), receivedAt (f64, left out where it is `at`
 * throughout), series (u32, left out where it is one for all), unit (u16, its number among the units from 1, 0 for none; left
 * out where there are none), flags (u8); then the texts and units as JSON.
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

const VERSION = 1;
/** Four u32: version, count, which columns there are, length of the JSON. */
export const HEAD_BYTES = 16;
const NO_BYTES = new Uint8Array();
const NO_WORDS: Readonly<Words> = { texts: [], units: [] };
export const HAS_RECEIVED = 1;
export const HAS_SERIES = 2;
export const HAS_UNIT = 4;
/** Of `flags`, beside those of a row. */
export const TEXT = 8;

/**
 * Empty columns for so many readings; `body` gives the bytes once they are filled. `parts` says which columns there are,
 * `bytesFor` where they stand: bytes that are 0, from a multiple of eight on.
 */
export function newColumns(
  count: number,
  parts: number,
  bytesFor: (size: number) => Uint8Array = (size) => new Uint8Array(size),
): { readonly columns: Columns; readonly body: (words: Words) => Uint8Array } {
  const bytes = bytesFor(HEAD_BYTES + count * widthOf(parts));
  const { buffer, byteOffset } = bytes;
  return {
    columns: columnsOf(buffer, count, parts, byteOffset),
    body(words) {
      const json = words.texts.length + words.units.length === 0 ? NO_BYTES : Buffer.from(JSON.stringify(words));
      const head = new Uint32Array(buffer, byteOffset, HEAD_BYTES / 4);
      head[0] = VERSION;
      head[1] = count;
      head[2] = parts;
      head[3] = json.length;
      return json.length === 0 ? bytes : Buffer.concat([bytes, json]);
    },
  };
}

/** The columns of a body, without a copy where it can be; its words are read when they are asked for. Throws where the bytes are damaged. */
export function openColumns(body: Uint8Array): {
  readonly count: number;
  readonly columns: Columns;
  readonly words: Words;
} {
  const bytes = body.byteOffset % 8 === 0 ? body : body.slice();
  const [version = 0, count = 0, parts = 0, jsonBytes = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 4);
  const end = HEAD_BYTES + count * widthOf(parts);
  if (version !== VERSION || end + jsonBytes !== bytes.length) throw damaged();
  return {
    count,
    columns: columnsOf(bytes.buffer, count, parts, bytes.byteOffset),
    get words() {
      if (jsonBytes === 0) return NO_WORDS;
      return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + end, jsonBytes).toString()) as Words;
    },
  };
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

export function countOf(body: Uint8Array): number {
  return Buffer.from(body.buffer, body.byteOffset, HEAD_BYTES).readUInt32LE(4);
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
