import { readColumn, writeColumn } from './column-steps.ts';
import type { Column } from './column-steps.ts';
import {
  damaged,
  HEAD_BYTES,
  headOf,
  newColumns,
  openColumns,
  partsOf,
  SMALL,
  widthOf,
  writeHead,
} from './reading-columns.ts';
import type { Columns } from './reading-columns.ts';

/** A packed body in fewer bytes, or itself where it would not get smaller. */
export function smaller(body: Uint8Array): Uint8Array {
  const { columns, json } = openColumns(body);
  const bytes = smallBody(columns, json);
  return bytes.length < body.length ? bytes : body;
}

/**
 * In few bytes: two or three a reading where a sensor sends at regular times, against 17 in a packed body. Behind the same
 * head, with another kind, stand the columns as steps, then the JSON.
 */
export function smallBody(columns: Columns, json: Uint8Array): Uint8Array {
  const count = columns.at.length;
  const parts = partsOf(columns);
  const ordered = inOrder(columns);
  // Each column may take a byte more.
  const room = Buffer.allocUnsafe(HEAD_BYTES + count * widthOf(parts) + ordered.length + json.length);
  let end = HEAD_BYTES;
  for (const { column, isSteady } of ordered) end = writeColumn(room, end, column, isSteady);
  room.set(json, end);
  writeHead(room, { kind: SMALL, count, parts, jsonBytes: json.length });
  return room.subarray(0, end + json.length);
}

/** The packed body that these bytes were made of, to the bit; itself where it is one. */
export function asPacked(bytes: Uint8Array): Uint8Array {
  const { kind, count, parts, jsonBytes } = headOf(bytes);
  if (kind !== SMALL) return bytes;
  const { columns, body } = newColumns(count, parts);
  let end = HEAD_BYTES;
  for (const { column, isSteady } of inOrder(columns)) end = readColumn(bytes, end, column, isSteady);
  if (end + jsonBytes !== bytes.length) throw damaged();
  return body(bytes.subarray(end));
}

interface Ordered {
  readonly column: Column;
  readonly isSteady: boolean;
}

/** As they stand in a body. Times are steady. */
function inOrder({ at, value, received, series, unit, flags }: Columns): Ordered[] {
  const all: Ordered[] = [
    { column: at, isSteady: true },
    { column: value, isSteady: false },
  ];
  if (received !== undefined) all.push({ column: received, isSteady: true });
  if (series !== undefined) all.push({ column: series, isSteady: false });
  if (unit !== undefined) all.push({ column: unit, isSteady: false });
  all.push({ column: flags, isSteady: false });
  return all;
}
