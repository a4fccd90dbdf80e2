import { readColumn, writeColumn } from '../bodies/column-steps.ts';

/** Two numbers of eight bytes. */
const PAIR_BYTES = 16;
const COUNT_BYTES = 4;

/** Pairs of series and receipt in the order of arrival, as a commit keeps them; null for none. */
export function receiptsBody(pairs: readonly number[]): Uint8Array | null {
  return pairs.length === 0 ? null : new Uint8Array(Float64Array.from(pairs).buffer);
}

/** Series and receipt by turns. */
export function numbersIn(body: Uint8Array): Float64Array {
  const bytes = body.byteOffset % 8 === 0 ? body : new Uint8Array(body);
  return new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8));
}

/** The pairs column by column: of the series little is left, while receipts are like chance and stay as they are. */
export function smallerPairs(body: Uint8Array): Uint8Array {
  const numbers = numbersIn(body);
  const columns = columnsFor(numbers.length / 2);
  columns.forEach((column, offset) => {
    for (let pair = 0; pair < column.length; pair += 1) column[pair] = numbers[2 * pair + offset] as number;
  });
  const room = Buffer.allocUnsafe(COUNT_BYTES + body.length + columns.length);
  room.writeUInt32LE(numbers.length / 2);
  return room.subarray(
    0,
    columns.reduce((end, column) => writeColumn(room, end, column, false), COUNT_BYTES),
  );
}

/** To the bit. */
export function asPairs(bytes: Uint8Array): Uint8Array {
  const count = Buffer.from(bytes.buffer, bytes.byteOffset, COUNT_BYTES).readUInt32LE();
  const columns = columnsFor(count);
  let end = COUNT_BYTES;
  for (const column of columns) end = readColumn(bytes, end, column, false);
  const body = new Uint8Array(count * PAIR_BYTES);
  const numbers = numbersIn(body);
  columns.forEach((column, offset) => {
    for (let pair = 0; pair < count; pair += 1) numbers[2 * pair + offset] = column[pair] as number;
  });
  return body;
}

function columnsFor(count: number): readonly [series: Float64Array, receipts: Float64Array] {
  return [new Float64Array(count), new Float64Array(count)];
}
