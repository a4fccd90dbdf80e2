import { expect, test } from 'vitest';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { GroupCommit } from '../../src/intake/group-commit.ts';
import { StoreUnusable } from '../../src/kernel/errors.ts';
import type { JournalReading } from '../../src/store/journal.ts';

const COMMIT_EVERY = 5000;

test('a batch waits for others, and all are told once they are stored together', async () => {
  const bench = new Bench();
  bench.commits.window('home', 100);
  bench.add('home', 1);
  await bench.clock.advance(1000);
  bench.add('garden', 2);
  await bench.clock.advance(COMMIT_EVERY - 1001);
  // The garden has a lane of one: it commits at once, and the home's reading goes with it.
  expect(bench.stored).toEqual([[1, 2]]);
  expect(bench.told).toEqual([1, 2]);
});

test('the oldest of a lane waits no longer than commit_every', async () => {
  const bench = new Bench();
  bench.commits.window('home', 100);
  bench.add('home', 1);
  await bench.clock.advance(COMMIT_EVERY - 1);
  expect(bench.stored).toEqual([]);
  bench.add('home', 2);
  await bench.clock.advance(1);
  expect(bench.stored).toEqual([[1, 2]]);
});

test('a lane that is full is stored at the end of the turn', async () => {
  const bench = new Bench();
  bench.commits.window('home', 3);
  for (const value of [1, 2, 3, 4]) bench.add('home', value);
  expect(bench.stored).toEqual([]);
  await bench.clock.advance(0);
  expect(bench.stored).toEqual([[1, 2, 3, 4]]);
});

test('a lane that fills up during a commit need not wait for its age', async () => {
  const bench = new Bench();
  bench.commits.window('home', 2);
  bench.onCommit = () => {
    bench.onCommit = undefined;
    bench.add('home', 3);
    bench.add('home', 4);
  };
  bench.add('home', 1);
  bench.add('home', 2);
  await bench.clock.advance(0);
  await bench.clock.advance(0);
  expect(bench.stored).toEqual([
    [1, 2],
    [3, 4],
  ]);
});

test('what comes during a commit and fills no lane waits for its age', async () => {
  const bench = new Bench();
  bench.commits.window('home', 2);
  bench.onCommit = () => {
    bench.onCommit = undefined;
    bench.add('home', 3);
  };
  bench.add('home', 1);
  bench.add('home', 2);
  await bench.clock.advance(COMMIT_EVERY - 1);
  expect(bench.stored).toEqual([[1, 2]]);
  await bench.clock.advance(1);
  expect(bench.stored).toEqual([[1, 2], [3]]);
});

test('when a stream of many stops, the broker may wait for acknowledgements: a pause stores what waits', async () => {
  const bench = new Bench();
  bench.commits.window('home', 800);
  for (let value = 1; value <= 20; value += 1) {
    bench.add('home', value);
    await bench.clock.advance(10);
  }
  expect(bench.stored).toEqual([]);
  await bench.clock.advance(80);
  expect(bench.stored).toHaveLength(1);
});

test('a steady stream is no pause: it is stored by age', async () => {
  const bench = new Bench();
  bench.commits.window('home', 800);
  for (let value = 1; value <= 100; value += 1) {
    bench.add('home', value);
    await bench.clock.advance(100);
  }
  expect(bench.stored.map(({ length }) => length)).toEqual([50, 50]);
});

test('a batch that cannot be stored is told so, and those beside it are stored', async () => {
  const bench = new Bench();
  bench.commits.window('home', 3);
  bench.refuse = (values) => (values.includes(2) ? new Error('no calendar') : undefined);
  for (const value of [1, 2, 3]) bench.add('home', value);
  await bench.clock.advance(0);
  expect(bench.told).toEqual([1, 'no calendar', 3]);
  expect(bench.stored).toEqual([[1], [3]]);
});

test('while the disk is full all stay, are tried again and are told when there is room; trouble and its end are told', async () => {
  const bench = new Bench();
  bench.refuse = () => new StoreUnusable('store.full', 'the disk is full');
  bench.add('home', 1);
  await bench.clock.advance(0);
  bench.add('home', 2);
  await bench.clock.advance(4000);
  expect(bench.told).toEqual([]);
  expect(bench.troubles).toEqual(['the disk is full']);
  bench.refuse = undefined;
  await bench.clock.advance(1000);
  expect(bench.stored).toEqual([[1, 2]]);
  expect(bench.told).toEqual([1, 2]);
  expect(bench.troubles).toEqual(['the disk is full', undefined]);
});

test('what is held while the disk is full has a bound; beyond it the source hears of it', async () => {
  const bench = new Bench();
  bench.refuse = () => new StoreUnusable('store.full', 'the disk is full');
  bench.add('home', 1);
  await bench.clock.advance(0);
  const many = Array.from({ length: 49_999 }, (_, index) => readingOf(index));
  bench.commits.add('home', many, []).catch(() => undefined);
  await expect(bench.commits.add('home', [readingOf(0)], [])).rejects.toMatchObject({ code: 'store.full' });
});

test('a flush stores what waits now', async () => {
  const bench = new Bench();
  bench.commits.window('home', 100);
  bench.add('home', 1);
  await bench.commits.flush();
  expect(bench.stored).toEqual([[1]]);
});

/** Records what is committed, in the order in which it is, and what the sources hear. */
class Bench {
  readonly clock = new FakeClock(0);
  readonly stored: number[][] = [];
  readonly told: unknown[] = [];
  readonly troubles: (string | undefined)[] = [];
  refuse: ((values: readonly number[]) => Error | undefined) | undefined;
  onCommit: (() => void) | undefined;
  readonly commits = new GroupCommit(
    {
      commit: async (readings: readonly JournalReading[]) => {
        const values = readings.map(({ value }) => Number(value));
        const refusal = this.refuse?.(values);
        if (refusal !== undefined) throw refusal;
        this.onCommit?.();
        this.stored.push(values);
      },
    } as never,
    this.clock,
    () => [],
    COMMIT_EVERY,
    (error) => this.troubles.push((error as Error | undefined)?.message),
  );

  add(source: string, value: number): void {
    this.commits.add(source, [readingOf(value)], []).then(
      () => this.told.push(value),
      (error: unknown) => this.told.push((error as Error).message),
    );
  }
}

function readingOf(value: number): JournalReading {
  return { series: 'home.sample', value, at: value, receivedAt: value };
}
