import { expect, test } from 'vitest';
import fc from 'fast-check';
import { packed } from '../../src/bodies/packed-readings.ts';
import { receiptsBody } from '../../src/tail/receipt-pairs.ts';
import { bytesOfRecord, recordsIn } from '../../src/tail/tail-records.ts';
import type { TailRecord } from '../../src/tail/tail-records.ts';

const EDITION = 4711;

/** Some of more readings than are made small. */
const bodies = fc
  .array(fc.record({ at: fc.integer({ min: 0 }), value: fc.double(), series: fc.nat(500) }), {
    minLength: 1,
    maxLength: 300,
  })
  .map((list) =>
    packed(
      list.map(({ at, value }) => ({ series: '', at, receivedAt: at, value })),
      list.map(({ series }) => series),
    ),
  );
const receipts = fc
  .array(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), { maxLength: 300 })
  .map((list) => receiptsBody(list.flatMap((receipt, index) => [index % 7, receipt])));
const records = fc
  .array(fc.record({ body: bodies, receipts }), { minLength: 1, maxLength: 8 })
  .map((list) => list.map((record, index): TailRecord => ({ seq: index + 1, ...record })));

test('wherever the last record is cut off, all before it are there, and the next one belongs behind them', () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.uint8Array({ maxLength: 200 }), (all, cut, rest) => {
      const written = all.map((record) => bytesOfRecord(record, EDITION));
      const last = written.pop() ?? Buffer.alloc(0);
      const before = Buffer.concat(written);
      const torn = Buffer.concat([before, last.subarray(0, cut % last.length), rest]);
      // What happens to follow may complete it.
      fc.pre(!torn.subarray(before.length, before.length + last.length).equals(last));
      expect(recordsIn(torn, EDITION)).toEqual({ records: all.slice(0, -1), end: before.length, isDamaged: false });
    }),
  );
});

test('of a file that was begun anew only what the new edition wrote is there', () => {
  fc.assert(
    fc.property(records, records, (earlier, later) => {
      const old = Buffer.concat(earlier.map((record) => bytesOfRecord(record, EDITION)));
      const fresh = Buffer.concat(later.map((record) => bytesOfRecord(record, EDITION + 1)));
      const file = Buffer.concat([fresh, old.subarray(fresh.length)]);
      expect(recordsIn(file, EDITION + 1)).toEqual({ records: later, end: fresh.length, isDamaged: false });
      expect(recordsIn(old, EDITION + 1)).toEqual({ records: [], end: 0, isDamaged: false });
    }),
  );
});

test('a byte that changed is damage where a record stands behind it; the others are read all the same', () => {
  fc.assert(
    fc.property(records, bodies, fc.nat(), fc.integer({ min: 1, max: 255 }), (all, body, place, change) => {
      const written = [...all, { seq: all.length + 1, body, receipts: null }].map((record) =>
        bytesOfRecord(record, EDITION),
      );
      const file = Buffer.concat(written);
      const position = place % (file.length - (written.at(-1)?.length ?? 0));
      file[position] = (file[position] ?? 0) ^ change;
      const found = recordsIn(file, EDITION);
      expect(found.isDamaged).toBe(true);
      const struck = written.findIndex((_, index) => Buffer.concat(written.slice(0, index + 1)).length > position);
      expect(found.records.map(({ seq }) => seq)).toEqual(
        written.map((_, index) => index + 1).filter((seq) => seq !== struck + 1),
      );
    }),
  );
});
