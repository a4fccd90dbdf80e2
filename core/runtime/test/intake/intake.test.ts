import type { Reading } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { attributeOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

const NOW = '2026-01-20T12:00';

test.each<readonly [what: string, changes: Partial<Record<keyof Reading, unknown>>, reason: RegExp]>([
  ['without a value', { value: undefined }, /no value/],
  ['with null as value', { value: null }, /no value/],
  ['with blanks as value', { value: '  ' }, /no value/],
  ['with NaN', { value: Number.NaN }, /not a finite number/],
  ['with an object as value', { value: { deep: 1 } }, /neither number, text nor true\/false/],
  ['without a series', { series: '' }, /no usable name/],
  ['with blanks in its series', { series: 'a b' }, /no usable name/],
  ['of a date that is none', { date: '2026-02-30' }, /not a date/],
  ['of a time that is none', { time: 'noonish' }, /not a time/],
  ['of 1970', { time: 5 }, /before 1990/],
  ['of the day after tomorrow', { time: '2026-01-22T12:00' }, /more than a day ahead/],
  ['whose span ends before it starts', { start: '2026-01-20T11:00', end: '2026-01-20T10:00' }, /ends before it starts/],
  ['whose span is longer than a month', { start: '2025-11-01', end: '2026-01-20' }, /longer than 31 days/],
  ['whose span has one end', { start: '2026-01-20T11:00' }, /start and an end/],
  ['whose span has null as value', { value: null, start: '2026-01-20T10:00', end: '2026-01-20T11:00' }, /no value/],
])('a reading %s is counted as a misfit, and the rest of its batch is stored', async (_what, changes, reason) => {
  const bench = new Workbench([attributeOf('count')], { now: NOW });
  await bench.emit([{ series: 'sample', value: 1 }, { series: 'sample', value: 2, ...changes } as Reading]);
  expect(bench.misfits).toEqual([expect.stringMatching(reason)]);
  expect(await bench.store.journal.between('home.sample', 0, Number.MAX_SAFE_INTEGER)).toHaveLength(1);
});

test('a span without a value is worth its minutes', async () => {
  const bench = new Workbench([attributeOf('sum')], { now: NOW });
  await bench.emit([{ series: 'sample', start: '2026-01-20T10:00', end: '2026-01-20T10:45' }]);
  expect(await bench.folded()).toEqual({ '2026-01-20': 45 });
});

test('readings of one moment keep the order in which they came', async () => {
  const bench = new Workbench([attributeOf('last')], { now: NOW });
  await bench.emit([3, 1, 2].map((value) => ({ series: 'sample', value })));
  const stored = await bench.store.journal.between('home.sample', 0, Number.MAX_SAFE_INTEGER);
  expect(stored.map(({ value }) => value)).toEqual([3, 1, 2]);
});

test('while the clock cannot be trusted readings wait, and are then dated back by the time they waited', async () => {
  const bench = new Workbench([attributeOf('count')], { now: NOW });
  bench.clock.isTrusted = false;
  const right = bench.clock.now();
  bench.clock.set(0);
  const stored = bench.intake.emit('home', [{ series: 'sample', value: 1 }], {}, () => undefined);
  await bench.clock.advance(60_000);
  expect(await bench.store.journal.lastReceived()).toBeUndefined();
  bench.clock.set(right + 60_000);
  bench.clock.isTrusted = true;
  await bench.clock.advance(1000);
  await bench.intake.flush();
  await stored;
  const [reading] = await bench.store.journal.between('home.sample', 0, Number.MAX_SAFE_INTEGER);
  expect(reading?.at).toBe(right);
});

test('state alone is stored too, and an empty batch costs nothing', async () => {
  const bench = new Workbench([], { now: NOW });
  await bench.intake.emit('home', [], {}, () => undefined);
  const stored = bench.intake.emit('home', [], { cursor: 7 }, () => undefined);
  await bench.intake.flush();
  await stored;
  expect(await bench.store.keyValues.get('home', 'cursor')).toBe(7);
  expect(bench.intake.taken('home')).toBe(0);
});

test('readings that wait for a trusted clock are bounded: who does not wait is refused, and all that was taken is stored', async () => {
  const bench = new Workbench([attributeOf('count')], { now: NOW });
  bench.clock.isTrusted = false;
  const thousand = Array.from({ length: 1000 }, (_, index) => ({ series: 'sample', value: index }));
  const misfit = (): void => undefined;
  const emitted = Array.from({ length: 60 }, () => bench.intake.emit('home', thousand, {}, misfit));
  const outcomes = Promise.allSettled(emitted);
  bench.clock.isTrusted = true;
  await bench.clock.advance(1000);
  await bench.clock.advance(5000);
  const states = (await outcomes).map(({ status }) => status);
  expect(states).toEqual([...Array<string>(50).fill('fulfilled'), ...Array<string>(10).fill('rejected')]);
  await expect(emitted[55]).rejects.toThrow('50000 readings wait to be stored already');
  expect(await bench.folded()).toEqual({ '2026-01-20': 50_000 });
  await bench.emit(thousand);
  expect(await bench.folded()).toEqual({ '2026-01-20': 51_000 });
});

test('a source that waits for each batch is held up by a slow disk, and no more than its batch is held', async () => {
  const bench = new Workbench([attributeOf('count')], { now: NOW });
  const { journal } = bench.store;
  const commit = journal.commit.bind(journal);
  const slow = Promise.withResolvers<void>();
  journal.commit = async (...parts) => {
    await slow.promise;
    await commit(...parts);
  };
  let emitted = 0;
  const flood = (async () => {
    for (let batch = 0; batch < 3; batch += 1) {
      emitted += 1;
      await bench.intake.emit('home', [{ series: 'sample', value: batch }], {}, () => undefined);
    }
  })();
  await bench.clock.advance(60_000);
  expect(emitted).toBe(1);
  slow.resolve();
  for (let batch = 0; batch < 3; batch += 1) await bench.clock.advance(5000);
  await flood;
  expect(await bench.folded()).toEqual({ '2026-01-20': 3 });
});

test('one batch that is larger than what may be held is taken when nothing else waits', async () => {
  const bench = new Workbench([attributeOf('count')], { now: NOW });
  await bench.emit(Array.from({ length: 50_001 }, (_, value) => ({ series: 'sample', value })));
  expect(await bench.folded()).toEqual({ '2026-01-20': 50_001 });
});
