import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenRows } from '../../src/intake/seen-rows.ts';

test('rows are counted as a Map of their digests would, also where many name the same place', () => {
  const digest = fc.oneof(
    fc.integer({ min: 0, max: 3 }).map((turn) => turn * 1024),
    fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  );
  fc.assert(
    fc.property(fc.array(digest, { maxLength: 3000 }), (digests) => {
      const [seen, model] = [new SeenRows(), new Map<number, number>()];
      for (const each of digests) {
        model.set(each, (model.get(each) ?? 0) + 1);
        expect(seen.count(each)).toBe(model.get(each));
      }
    }),
  );
});

test('the list grows with the rows and forgets none', () => {
  const seen = new SeenRows();
  for (let digest = 0; digest < 5000; digest += 1) expect(seen.count(digest * 1_000_003)).toBe(1);
  for (let digest = 0; digest < 5000; digest += 1) expect(seen.count(digest * 1_000_003)).toBe(2);
});
