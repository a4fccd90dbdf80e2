/** Numbers of one column of a body. */
export type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array;

/** What a column begins with where it is not the number of its decimals: its first number stands for all, or it is as it was. */
const ALIKE = 254;
const AS_IT_WAS = 255;
const MOST_DECIMALS = 9;
const SCALES = Array.from({ length: MOST_DECIMALS + 1 }, (_, decimals) => 10 ** decimals);
/** Twice the step between steps of such numbers is exact yet. */
const MOST = 2 ** 50;
/** Of a step. */
const MOST_BYTES = 8;
/** One number in so many may stand behind the steps, with ten bytes: in 20 that is what one decimal more takes, in 3 yet less than all as they were. */
const APART = [20, 3];

/**
 * Writes a column as the steps between its numbers, which are small: what is measured changes little. Decimals become whole
 * numbers, all of a column with the same number of decimals (21.3 and 21 as 213 and 210); where it `isSteady`, as times at
 * regular intervals are, the steps between steps are written. Each takes seven bits a byte, lowest first, its sign in the
 * lowest of all, as in Protocol Buffers. Numbers that would not come back to the bit (-0, NaN, fractions without end) stand
 * behind the steps: how many, then each with the places since the one before it. Returns where it ends: at the most one byte
 * later than the column as it was.
 */
export function writeColumn(room: Uint8Array, from: number, column: Column, isSteady: boolean): number {
  if (isAlike(column)) {
    room[from] = ALIKE;
    return copied(bytesAt(column, 0), room, from + 1);
  }
  const most = column instanceof Float64Array ? MOST_DECIMALS : 0;
  for (const share of APART)
    for (let decimals = 0; decimals <= most; decimals += 1) {
      const end = writeSteps(room, from, column, {
        isSteady,
        decimals,
        mostApart: Math.floor(column.length / share),
      });
      if (end > from) return end;
    }
  room[from] = AS_IT_WAS;
  return copied(bytesOf(column), room, from + 1);
}

/** Fills a column of the same kind and length. Returns where it ended. */
export function readColumn(bytes: Uint8Array, from: number, column: Column, isSteady: boolean): number {
  const kind = bytes[from] as number;
  if (kind === AS_IT_WAS) return taken(bytes, from + 1, bytesOf(column));
  if (kind !== ALIKE) return readSteps(bytes, from + 1, column, isSteady, SCALES[kind] as number);
  const end = taken(bytes, from + 1, bytesAt(column, 0));
  column.fill(column[0] as number);
  return end;
}

/** `from` where too many numbers would stand behind the steps, or nothing would be won. */
function writeSteps(
  room: Uint8Array,
  from: number,
  column: Column,
  {
    isSteady,
    decimals,
    mostApart,
  }: { readonly isSteady: boolean; readonly decimals: number; readonly mostApart: number },
): number {
  const scale = SCALES[decimals] as number;
  const limit = from + column.byteLength - MOST_BYTES;
  const apart: number[] = [];
  let end = from;
  let before = 0;
  let slope = 0;
  room[end++] = decimals;
  for (let place = 0; place < column.length; place += 1) {
    const value = column[place] as number;
    let number = Math.round(value * scale);
    if (number / scale !== value || Math.abs(number) > MOST || Object.is(value, -0)) {
      // Steps between steps would grow without bound over numbers that have none.
      if (isSteady || apart.push(place) > mostApart) return from;
      number = before;
    }
    end = putStep(room, end, number - before - slope);
    if (end > limit) return from;
    if (isSteady && place > 0) slope = number - before;
    before = number;
  }
  if (end + (apart.length + 1) * (column.BYTES_PER_ELEMENT + MOST_BYTES) > limit) return from;
  end = putStep(room, end, apart.length);
  let last = 0;
  for (const place of apart) {
    end = copied(bytesAt(column, place), room, putStep(room, end, place - last));
    last = place;
  }
  return end;
}

function readSteps(bytes: Uint8Array, from: number, column: Column, isSteady: boolean, scale: number): number {
  const cursor = { end: from };
  let before = 0;
  let slope = 0;
  for (let place = 0; place < column.length; place += 1) {
    const number = before + slope + nextStep(bytes, cursor);
    column[place] = number / scale;
    if (isSteady && place > 0) slope = number - before;
    before = number;
  }
  let place = 0;
  for (let left = nextStep(bytes, cursor); left > 0; left -= 1) {
    place += nextStep(bytes, cursor);
    cursor.end = taken(bytes, cursor.end, bytesAt(column, place));
  }
  return cursor.end;
}

function putStep(room: Uint8Array, end: number, step: number): number {
  let code = step >= 0 ? step * 2 : step * -2 - 1;
  while (code > 127) {
    room[end++] = (code & 127) | 128;
    code = Math.floor(code / 128);
  }
  room[end++] = code;
  return end;
}

function nextStep(bytes: Uint8Array, cursor: { end: number }): number {
  let byte = bytes[cursor.end++] as number;
  let code = byte & 127;
  for (let weight = 128; byte > 127; weight *= 128) {
    byte = bytes[cursor.end++] as number;
    code += (byte & 127) * weight;
  }
  return (code & 1) === 0 ? code / 2 : (code + 1) / -2;
}

/** Not where the first is NaN, which may hold bits that a copy of the number does not. */
function isAlike(column: Column): boolean {
  const first = column[0];
  for (let place = 1; place < column.length; place += 1) if (!Object.is(column[place], first)) return false;
  return first !== undefined && !Number.isNaN(first);
}

function bytesOf({ buffer, byteOffset, byteLength }: Column): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function bytesAt({ buffer, byteOffset, BYTES_PER_ELEMENT: width }: Column, place: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + place * width, width);
}

/** Returns where the copy ends. */
function copied(bytes: Uint8Array, room: Uint8Array, from: number): number {
  room.set(bytes, from);
  return from + bytes.length;
}

/** Fills `room` with the bytes there. Returns where they end. */
function taken(bytes: Uint8Array, from: number, room: Uint8Array): number {
  room.set(bytes.subarray(from, from + room.length));
  return from + room.length;
}
