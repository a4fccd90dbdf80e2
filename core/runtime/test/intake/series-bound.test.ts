import type { Reading } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { attributeOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

const NOW = '2026-02-20T12:00';
const MOST = 10_000;
const REASON = 'the source has 10000 series already, and no attribute is made from this one';

/** What a wildcard on a topic with a counter in it gives. */
function storm(from: number, count: number): Reading[] {
  return Array.from({ length: count }, (_each, index) => ({ series: `n${from + index}`, value: 1, time: NOW }));
}

async function seriesOf(bench: Workbench): Promise<number> {
  return (await bench.store.journal.series('home')).length;
}

test('a source has ten thousand series at most; what comes under further names is counted', async () => {
  const bench = new Workbench([], { now: NOW });
  await bench.emit(storm(0, MOST + 500));
  expect(await seriesOf(bench)).toBe(MOST);
  expect(bench.misfits).toEqual(Array(500).fill(REASON));
  await bench.emit(storm(MOST - 1, 3));
  expect(bench.misfits).toHaveLength(502);
  expect(await bench.store.journal.between(`home.n${MOST - 1}`, 0, Number.MAX_SAFE_INTEGER)).toHaveLength(2);
  expect(await bench.store.journal.series('other')).toEqual([]);
});

test('what an attribute is made from is always taken, also when the attribute comes after the storm', async () => {
  const late = attributeOf('sum', { name: 'late', from: ['home.late'] });
  const bench = new Workbench([attributeOf('sum')], { now: NOW });
  await bench.emit(storm(0, MOST));
  await bench.take([NOW, 4]);
  expect(await bench.folded()).toEqual({ '2026-02-20': 4 });
  await bench.emit([{ series: 'late', value: 1, time: NOW }]);
  expect(bench.misfits).toEqual([REASON]);
  bench.attributes.replace([attributeOf('sum'), late]);
  await bench.emit([{ series: 'late', value: 2, time: NOW }]);
  await bench.folding.fold();
  expect(await bench.values('late')).toEqual({ '2026-02-20': 2 });
  expect(bench.misfits).toEqual([REASON]);
  bench.attributes.replace([attributeOf('sum')]);
  await bench.emit([{ series: 'late', value: 3, time: NOW }]);
  expect(bench.misfits).toEqual([REASON, REASON]);
});

test('the bound holds over restarts, and names whose readings are gone make room', async () => {
  const bench = new Workbench([], { now: NOW });
  await bench.emit(storm(0, MOST));
  bench.restart();
  await bench.emit(storm(MOST, 10));
  expect([await seriesOf(bench), bench.misfits.length]).toEqual([MOST, 10]);
  bench.clock.set(bench.clock.now() + 60 * 24 * 3_600_000);
  await bench.prune();
  bench.restart();
  await bench.emit([{ series: 'new', value: 1 }]);
  expect(await bench.store.journal.series('home')).toEqual(['home.new']);
});

test('the sources are bounded each for itself', async () => {
  const bench = new Workbench([], { now: NOW });
  await bench.emit(storm(0, MOST));
  const stored = bench.intake.emit('other', storm(0, 5), {}, (reason) => bench.misfits.push(reason));
  await bench.intake.flush();
  await stored;
  expect([await bench.store.journal.series('other'), bench.misfits]).toEqual([
    [0, 1, 2, 3, 4].map((each) => `other.n${each}`),
    [],
  ]);
});

test('rows of a table are bounded too', async () => {
  const bench = new Workbench([], { now: NOW });
  async function* rows() {
    yield storm(0, MOST);
    yield storm(MOST, 7);
  }
  const result = await bench.intake.mirror('home', 'table', rows(), (reason) => bench.misfits.push(reason));
  expect([result.added, bench.misfits]).toEqual([MOST, Array(7).fill(REASON)]);
});

test('batches of one source keep their order while the stored series are read', async () => {
  const bench = new Workbench([attributeOf('last')], { now: NOW });
  const misfit = (): void => undefined;
  const stored = ['first', 'second', 'third'].map((value) =>
    bench.intake.emit('home', [{ series: 'sample', value }], {}, misfit),
  );
  await bench.clock.advance(5000);
  await Promise.all(stored);
  const readings = await bench.store.journal.between('home.sample', 0, Number.MAX_SAFE_INTEGER);
  expect(readings.map(({ value }) => value)).toEqual(['first', 'second', 'third']);
});

test('when the stored series cannot be read the batch is refused, and the next one tries again', async () => {
  const bench = new Workbench([], { now: NOW });
  const { journal } = bench.store;
  const series = journal.series.bind(journal);
  journal.series = () => Promise.reject(new Error('the disk is gone'));
  await expect(bench.emit(storm(0, 1))).rejects.toThrow('the disk is gone');
  journal.series = series;
  await bench.emit(storm(0, 1));
  expect(await seriesOf(bench)).toBe(1);
});

test('one reason has one wording, whatever the reading says', async () => {
  const bench = new Workbench([], { now: NOW });
  await bench.emit([
    ...[2030, 2040].map((year) => ({ series: 'x', value: 1, time: `${year}-01-01T00:00` })),
    { series: 'x', value: 1, time: 1e300 },
    ...[0, 1].map((time) => ({ series: 'x', value: 1, time })),
    ...['nonsense', '12:00'].map((time) => ({ series: 'x', value: 1, time })),
    ...['2026-02-30', 'nonsense'].map((date) => ({ series: 'x', value: 1, date })),
  ]);
  expect(bench.misfits).toEqual([
    ...Array<string>(3).fill('its time lies more than a day ahead'),
    ...Array<string>(2).fill('its time lies before 1990'),
    ...Array<string>(2).fill('its time is not a time'),
    ...Array<string>(2).fill('its date is not a date'),
  ]);
});
