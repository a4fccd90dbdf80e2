import { expect, test } from 'vitest';
import { JournalKeeper } from '../../src/intake/journal-keeper.ts';
import { attributeOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

const DAYS = ['2026-02-16', '2026-02-17', '2026-02-18', '2026-02-19', '2026-02-20'];
const EACH_DAY = 10;
const DAY_MS = 24 * 3_600_000;
const KEEP = { keepMs: 35 * DAY_MS };

/** Five days of ten readings each, folded; and a counter beside them. */
async function fiveDays(): Promise<Workbench> {
  const bench = new Workbench([attributeOf('sum'), attributeOf('increase', { name: 'growth', from: ['home.total'] })], {
    now: `${DAYS[0]}T00:00`,
  });
  for (const [index, day] of DAYS.entries()) {
    bench.clock.set(bench.calendar.instantOf(`${day}T12:00`) ?? Number.NaN);
    await bench.take(...Array.from({ length: EACH_DAY - 1 }, (_, hour) => [`${day}T0${hour}:30`, 1] as const));
    await bench.emit([{ series: 'total', time: `${day}T11:00`, value: index * 5 }]);
  }
  await bench.folding.fold();
  return bench;
}

function keeperOf(bench: Workbench): JournalKeeper {
  const { journal, keyValues, problems } = bench.store;
  return new JournalKeeper(journal, keyValues, problems, bench.attributes, bench.folding, bench.calendar, bench.clock);
}

/** The bytes that so many readings take. */
async function bytesFor(bench: Workbench, readings: number): Promise<number> {
  return ((await bench.store.journal.size()) / (DAYS.length * EACH_DAY)) * readings;
}

async function countOf(bench: Workbench, day: string): Promise<number> {
  const { start, end } = bench.calendar.bounds(day as never);
  return (await bench.store.journal.between('home.sample', start, end)).length;
}

test('where the store outgrows its bound the oldest days go, and their values stay', async () => {
  const bench = await fiveDays();
  const before = [await bench.values(), await bench.values('growth')];
  const bound = await bytesFor(bench, 32);
  const { removed, news } = await keeperOf(bench).prune({ ...KEEP, maxBytes: bound });
  // Of two days all but what the counter of the third starts from.
  expect(removed).toBe(19);
  expect(await bench.store.journal.size()).toBeLessThanOrEqual(bound);
  expect(await Promise.all(DAYS.map((day) => countOf(bench, day)))).toEqual([0, 0, 9, 9, 9]);
  expect(news).toContain('readings from before 2026-02-18 were removed earlier than journal.keep says');
  await bench.store.attributeDays.touch(DAYS.map((date) => ({ attribute: 'growth', date: date as never })));
  await bench.store.attributeDays.touch(DAYS.map((date) => ({ attribute: 'sample', date: date as never })));
  await bench.folding.fold();
  expect([await bench.values(), await bench.values('growth')]).toEqual(before);
});

test('what was removed before its time is known to the next life, which folds no day from what is left', async () => {
  const bench = await fiveDays();
  const before = await bench.values();
  await keeperOf(bench).prune({ ...KEEP, maxBytes: await bytesFor(bench, 32) });
  bench.restart();
  await keeperOf(bench).restore();
  await bench.take([`${DAYS[0]}T05:00`, 100]);
  expect(await bench.folded()).toEqual(before);
});

test('it is told once, as a problem that is cleared when the days asked for are whole again', async () => {
  const bench = await fiveDays();
  const keeper = keeperOf(bench);
  const bound = await bytesFor(bench, 32);
  expect((await keeper.prune({ ...KEEP, maxBytes: bound })).news).toBeDefined();
  expect((await keeper.prune({ ...KEEP, maxBytes: bound })).news).toBeUndefined();
  expect(await bench.store.problems.list()).toMatchObject([
    { code: 'journal.full', subject: 'journal', remedy: expect.stringContaining('journal.max_size') as string },
  ]);
  await keeper.prune({ ...KEEP, maxBytes: undefined });
  expect(await bench.store.problems.list()).toHaveLength(1);
  await keeper.prune({ keepMs: 2 * DAY_MS, maxBytes: bound });
  expect(await bench.store.problems.list()).toEqual([]);
});

test('yesterday and today stay, however little room there is, and the problem says what that takes', async () => {
  const bench = await fiveDays();
  const { news } = await keeperOf(bench).prune({ ...KEEP, maxBytes: 1 });
  expect(await Promise.all(DAYS.map((day) => countOf(bench, day)))).toEqual([0, 0, 0, 9, 9]);
  expect(news).toContain('nothing is lost, and the store goes on growing');
  await bench.take([`${DAYS[4]}T11:30`, 1]);
  expect((await bench.folded())[DAYS[4] as string]).toBe(10);
});

test('within its bound only age removes readings, and nothing is told', async () => {
  const bench = await fiveDays();
  const keeper = keeperOf(bench);
  expect(await keeper.prune({ ...KEEP, maxBytes: await bytesFor(bench, 50) })).toEqual({ removed: 0, news: undefined });
  expect((await keeper.prune({ keepMs: 3 * DAY_MS, maxBytes: undefined })).removed).toBe(9);
  expect(await bench.store.problems.list()).toEqual([]);
});

test('a day whose readings went by age stays as it is, though journal.keep is raised or the clock was years ahead', async () => {
  const bench = await fiveDays();
  const before = await bench.values();
  await keeperOf(bench).prune({ keepMs: 3 * DAY_MS, maxBytes: undefined });
  await bench.take([`${DAYS[0]}T05:00`, 100]);
  expect(await bench.folded()).toEqual(before);
  const now = bench.clock.now();
  bench.clock.set(now + 3650 * DAY_MS);
  await keeperOf(bench).prune({ ...KEEP, maxBytes: undefined });
  bench.clock.set(now);
  await bench.take([`${DAYS[4]}T11:45`, 7]);
  expect(await bench.folded()).toMatchObject({ [DAYS[4] as string]: 7 });
});
