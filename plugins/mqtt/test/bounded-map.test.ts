import { expect, test } from 'vitest';
import { BoundedMap } from '../src/bounded-map.ts';

test('a bounded map never holds more than it may, and always what was set last', () => {
  const map = new BoundedMap<string, number>(3);
  const sizes = ['a', 'b', 'c', 'b', 'd', 'e'].map((key, index) => map.set(key, index).size);
  expect(sizes).toEqual([1, 2, 3, 3, 1, 2]);
  expect([...map]).toEqual([
    ['d', 4],
    ['e', 5],
  ]);
});
