import { compileExpression, expression, itemsOf, MEETS_LIST } from '@dayfold/sdk/picking';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { namedPath } from '../../src/picking/plain-path.ts';

test.each([
  ['a', { a: 1 }, 1],
  ['a.b.c', { a: { b: { c: 'x' } } }, 'x'],
  ['a[0].b', { a: [{ b: 2 }] }, 2],
  ['a[-1]', { a: [1, 2, 3] }, 3],
  ['`x y`.`z.z`', { 'x y': { 'z.z': 4 } }, 4],
  ['$', 5, 5],
  ['$[0]', ['2024-03-30', 7], '2024-03-30'],
  ['$[1]', ['2024-03-30', 7], 7],
  ['$[0].a', [{ a: 8 }], 8],
  ['a.b', { a: null }, undefined],
  ['a.b', 'text', undefined],
])('the plain path %s takes the fast way', (text, input, value) => {
  expect(compileExpression(text).fast?.(input)).toEqual(value);
});

test('a plain path never reaches what every object inherits', () => {
  const inputs = [{}, [], 'text', JSON.parse('{"__proto__":{"x":1},"constructor":{"x":1}}')] as const;
  for (const path of [
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    'length',
    '__proto__.x',
    'constructor.x',
    'constructor.name',
  ]) {
    for (const input of inputs) expect([undefined, MEETS_LIST]).toContain(compileExpression(path).fast?.(input));
  }
});

test('names alone are read as jsonata reads them, and no other text is taken for names', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'a',
      'B_1',
      '_',
      'and',
      'or',
      'in',
      'true',
      'false',
      'null',
      'function',
      '1a',
      'a b',
      'ä',
      '',
      'a-b',
    ),
    fc.stringMatching(/^[\w.$%*`[\] ]{0,4}$/),
  );
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 3 }), (names) => {
      const text = names.join('.');
      if (namedPath(text) === undefined) return;
      const ast = jsonata(text).ast();
      const steps = (ast.type as string) === 'path' ? (ast.steps as jsonata.ExprNode[]) : [ast];
      expect(steps.map(({ type, value }) => [type, value])).toEqual(text.split('.').map((each) => ['name', each]));
    }),
    { numRuns: 2000 },
  );
  expect(['a', 'a.b_1.C', 'and_so'].filter((text) => namedPath(text) === undefined)).toEqual([]);
});

test('a path over a list without an index maps, as jsonata does', async () => {
  const path = compileExpression('a.b');
  expect(path.fast?.({ a: [{ b: 1 }, { b: 2 }] })).toBe(MEETS_LIST);
  expect(await path.evaluate({ a: [{ b: 1 }, { b: 2 }] })).toEqual([1, 2]);
});

test('the fast way answers what jsonata answers', async () => {
  const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).node;
  const step = fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('', '[0]', '[1]', '[-1]'))
    .map(([name, index]) => name + index);
  const path = fc.array(step, { minLength: 1, maxLength: 3 }).map((steps) => steps.join('.'));
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tree, { noNullPrototype: true }),
      async (text, input) => {
        const fast = compileExpression(text).fast?.(input);
        if (fast === MEETS_LIST) return;
        const slow: unknown = await jsonata(text).evaluate(input);
        // Lists are no values; only what can become a reading has to agree.
        if (typeof fast !== 'object' && typeof slow !== 'object') expect(fast).toEqual(slow);
        else
          expect(typeof fast === 'object' || fast === undefined).toBe(typeof slow === 'object' || slow === undefined);
      },
    ),
    { numRuns: 500 },
  );
});

test('a wrong expression is told with its place, in options too', () => {
  expect(() => compileExpression('a +')).toThrow(/"a \+" is not a JSONata expression: .* at character 3/);
  const parsed = z.object({ value: expression() }).safeParse({ value: 'a b' });
  expect(parsed.error?.issues[0]).toMatchObject({
    path: ['value'],
    message: expect.stringContaining('at character 3') as string,
  });
});

test('an endless expression ends', async () => {
  await expect(compileExpression('($f := function($x) { $f($x + 1) }; $f(1))').evaluate({})).rejects.toThrow('timeout');
  await expect(compileExpression('($f := function($x) { 1 + $f($x + 1) }; $f(1))').evaluate({})).rejects.toThrow(
    'Stack overflow',
  );
});

test('patterns find what they find elsewhere', async () => {
  const input = { text: 'Bike 12 km, bike 7 km' };
  const find = async (text: string): Promise<unknown> => await compileExpression(text).evaluate(input);
  expect(await find('$match(text, /bike (\\d+)/i).groups')).toEqual(['12', '7']);
  expect(await find('$replace(text, /(\\d+) km/, "$1")')).toBe('Bike 12, bike 7');
  expect(await find('$split(text, /,\\s*/)')).toEqual(['Bike 12 km', 'bike 7 km']);
  expect(await find('$contains(text, /^bike/)')).toBe(false);
});

test.each(['^(a+)+$', '(.*)*x', '(\\w+\\s?)*$', '(a|aa)+$'])(
  'a search for %s that would not end, ends',
  async (pattern) => {
    const text = `${'a'.repeat(40)}!`;
    const search = compileExpression(`$match(text, /${pattern}/)`).evaluate({ text });
    // Engines differ in which of them they see through; none may go on.
    await expect(
      search.then(
        () => 'ended',
        (error: Error) => error.message,
      ),
    ).resolves.toMatch(/^ended$|takes too long/);
  },
);

test('a pattern made for it is told', async () => {
  const search = compileExpression('$contains(text, /^(a+)+$/)').evaluate({ text: `${'a'.repeat(40)}!` });
  await expect(search).rejects.toThrow('the pattern /^(a+)+$/ takes too long for this text');
});

test('items are found by default and by expression', async () => {
  expect(await itemsOf()([1, 2])).toEqual([1, 2]);
  expect(await itemsOf()({ items: [3] })).toEqual([3]);
  expect(await itemsOf()({ a: 1 })).toEqual([{ a: 1 }]);
  expect(await itemsOf()(null)).toEqual([]);
  expect(await itemsOf('$zip(a, b)')({ a: [1, 2], b: [3, 4] })).toEqual([
    [1, 3],
    [2, 4],
  ]);
  expect(await itemsOf('nothing')({ a: 1 })).toEqual([]);
});
