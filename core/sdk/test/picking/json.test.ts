import { isTooDeep, parseJson } from '@dayfold/sdk/picking';
import { expect, test } from 'vitest';

test('levels are counted by brackets that are open at once, and not inside of texts', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  expect(parseJson(nested(64))).toEqual(JSON.parse(nested(64)));
  expect(parseJson(`[${Array.from({ length: 500 }, () => '{"a":[]}').join(',')}]`)).toHaveLength(500);
  expect(parseJson(`{"a":"${'['.repeat(500)}\\"${'{'.repeat(500)}"}`)).toHaveProperty('a');
  for (const text of [nested(65), nested(1_000_000), '{"a":'.repeat(500), `["\\\\",${nested(64)}]`]) {
    expect(isTooDeep(text)).toBe(true);
    expect(() => parseJson(text)).toThrow('JSON nested deeper than 64 levels');
  }
  expect(() => parseJson('{')).toThrow(SyntaxError);
});
