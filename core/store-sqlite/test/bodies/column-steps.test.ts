import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readColumn, writeColumn } from '../../src/bodies/column-steps.ts';
import type { Column } from '../../src/bodies/column-steps.ts';

const KINDS = [Float64Array, Uint32Array, Uint16Array, Uint8Array];
const SPECIAL = [
  0,
  -0,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  2 ** 50,
  -(2 ** 50),
  2 ** 50 + 1,
  2 ** 53,
  5e-324,
  0.1 + 0.2,
];

const measured = fc
  .tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 0, max: 10 }))
  .map(([number, decimals]) => number / 10 ** decimals);
const number = fc.oneof(measured, fc.double(), fc.maxSafeInteger(), fc.constantFrom(...SPECIAL));
const bits = fc.oneof(
  fc.uint8Array({ minLength: 8, maxLength: 8 }),
  number.map((one) => new Uint8Array(Float64Array.of(one).buffer)),
);
const decimal = (decimals: number): fc.Arbitrary<Uint8Array> =>
  fc.integer({ min: -50_000, max: 50_000 }).map((one) => new Uint8Array(Float64Array.of(one / 10 ** decimals).buffer));
/** Of what a sensor sends, with something else in between; or of anything. */
const bytes = fc.oneof(
  fc.array(bits, { maxLength: 40 }),
  fc
    .integer({ min: 0, max: 9 })
    .chain((decimals) => fc.array(fc.oneof({ arbitrary: decimal(decimals), weight: 30 }, bits), { maxLength: 200 })),
  fc.tuple(bits, fc.nat(50)).map(([one, count]) => Array<Uint8Array>(count).fill(one)),
);

test('a column of any bits comes back as it was, and ends at most one byte later', () => {
  fc.assert(
    fc.property(bytes, fc.constantFrom(...KINDS), fc.boolean(), (all, Kind, isSteady) => {
      const column = new Kind(Uint8Array.from(Buffer.concat(all)).buffer);
      const room = new Uint8Array(7 + column.byteLength + 1);
      const end = writeColumn(room, 7, column, isSteady);

      const found = new Kind(column.length);
      expect(readColumn(room, 7, found, isSteady)).toBe(end);
      expect(Buffer.compare(bytesOf(found), bytesOf(column))).toBe(0);
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['decimals', [21.3, 21, 21.5, ...Array<number>(37).fill(21.1)], false, 43],
  ['a counter', Array.from({ length: 40 }, (_, index) => 1_234_567 + index * index), false, 60],
  ['times at regular intervals', Array.from({ length: 40 }, (_, index) => 1.77e12 + index * 10_000), true, 49],
  ['numbers that are alike', Array<number>(40).fill(0.1 + 0.2), false, 9],
  [
    'numbers among which one is not decimal',
    Array.from({ length: 40 }, (_, index) => (index === 9 ? 1 / 3 : index)),
    false,
    51,
  ],
])('%s take few bytes', (_what, numbers, isSteady, most) => {
  expect(writeColumn(new Uint8Array(400), 0, Float64Array.from(numbers), isSteady)).toBeLessThanOrEqual(most);
});

function bytesOf({ buffer, byteOffset, byteLength }: Column): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
