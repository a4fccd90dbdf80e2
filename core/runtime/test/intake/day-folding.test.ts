import type { Reading } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { DayFolding } from '../../src/intake/day-folding.ts';
import type { FoldedDay } from '../../src/store/attribute-days.ts';
import { attributeOf, conditionOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

const NOW = '2026-01-20T12:00';

test('a late reading of a counter changes its day and the next one with a reading, and no other', async () => {
  const bench = new Workbench([attributeOf('increase')], { now: NOW });
  await bench.take(
    ['2026-01-10T12:00', 100],
    ['2026-01-14T12:00', 140],
    ['2026-01-15T12:00', 150],
    ['2026-01-16T12:00', 160],
  );
  expect(await bench.folded()).toEqual({ '2026-01-14': 40, '2026-01-15': 10, '2026-01-16': 10 });
  const settled = recorded(bench);
  await bench.take(['2026-01-11T12:00', 130]);
  expect(await bench.folded()).toEqual({
    '2026-01-11': 30,
    '2026-01-14': 10,
    '2026-01-15': 10,
    '2026-01-16': 10,
  });
  expect(settled.map(({ date }) => date)).toEqual(['2026-01-11', '2026-01-14']);
});

test.each([
  ['Pacific/Pago_Pago', 0, '2026-01-09T23:30'],
  ['Europe/Berlin', 240, '2026-01-10T03:30'],
])(
  'a counter starts from a date even where that begins behind its UTC midnight (%s, %i)',
  async (zone, dayStartsMin, before) => {
    const readings = [
      ['2026-01-10', 100],
      [before, 90],
      ['2026-01-14', 140],
    ] as const;
    const values: unknown[] = [];
    for (const order of [readings, readings.toReversed()]) {
      const bench = new Workbench([attributeOf('increase')], { now: NOW, zone, dayStartsMin });
      for (const each of order) {
        await bench.take(each);
        await bench.folded();
      }
      values.push((await bench.values())['2026-01-14']);
    }
    expect(values).toEqual([40, 40]);
  },
);

test('while many days are folded, whatever else is due gets its turn', async () => {
  const bench = new Workbench([attributeOf('sum')], { now: NOW });
  const start = Date.UTC(2025, 0, 1);
  const dates = Array.from({ length: 300 }, (_, day) => new Date(start + day * 86_400_000).toISOString().slice(0, 10));
  await bench.take(...dates.map((date) => [date, 1] as const));
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  const values = await bench.folded();
  clearImmediate(next);
  expect(Object.keys(values)).toHaveLength(300);
  expect(turns).toBeGreaterThanOrEqual(5);
});

test('a changed base reaches past days whose readings do not count', async () => {
  const bench = new Workbench([attributeOf('increase', { when: conditionOf('< 1000') })], { now: NOW });
  await bench.take(
    ['2026-01-10T12:00', 100],
    ['2026-01-12T12:00', 5000],
    ['2026-01-13T12:00', 'unknown'],
    ['2026-01-14T12:00', 140],
    ['2026-01-15T12:00', 150],
  );
  await bench.folded();
  const settled = recorded(bench);
  await bench.take(['2026-01-11T12:00', 130]);
  expect(await bench.folded()).toEqual({ '2026-01-11': 30, '2026-01-14': 10, '2026-01-15': 10 });
  expect(settled.map(({ date }) => date)).not.toContain('2026-01-15');
});

test('a reading that makes the next one a fall changes the day on which that fall is over', async () => {
  const bench = new Workbench([attributeOf('increase')], { now: NOW });
  // 95 at 00:05 ends no fall as long as 2 is the first reading ever.
  await bench.take(['2026-01-12T23:58', 2], ['2026-01-13T00:05', 95], ['2026-01-14T12:00', 96]);
  expect(await bench.folded()).toEqual({ '2026-01-13': 93, '2026-01-14': 1 });
  await bench.take(['2026-01-11T12:00', 100]);
  expect(await bench.folded()).toEqual({ '2026-01-12': 0, '2026-01-13': -5, '2026-01-14': 1 });
});

test('a state before the day that changes late changes the next day with a reading', async () => {
  const bench = new Workbench([attributeOf({ count_changes: { to: 'open' } })], { now: NOW });
  await bench.take(['2026-01-10T12:00', 'open'], ['2026-01-13T12:00', 'open'], ['2026-01-14T12:00', 'open']);
  expect(await bench.folded()).toEqual({ '2026-01-10': 0, '2026-01-13': 0, '2026-01-14': 0 });
  await bench.take(['2026-01-10T18:00', 'closed']);
  expect(await bench.folded()).toEqual({ '2026-01-10': 0, '2026-01-13': 1, '2026-01-14': 0 });
});

test.each([
  [{ time_in: '= on' }, { '2026-01-10': 720, '2026-01-11': 1440, '2026-01-12': 720 }],
  [{ integral: 'h' }, { '2026-01-10': 12, '2026-01-11': 24, '2026-01-12': 12 }],
  ['time_mean', { '2026-01-10': 1, '2026-01-11': 1, '2026-01-12': 1 }],
])('%j: a late value holds into each day up to "stale"', async (fold, values) => {
  const bench = new Workbench([attributeOf(fold, { staleMs: 48 * 3_600_000 })], { now: NOW });
  const value = typeof fold === 'object' && 'time_in' in fold ? 'on' : 1;
  await bench.take(['2026-01-10T12:00', value]);
  expect(await bench.folded()).toEqual(values);
});

test('a crash between any two steps of a pass loses no day that starts from another', async () => {
  const bench = new Workbench([attributeOf('increase')], { now: NOW });
  await bench.take(['2026-01-10T12:00', 100], ['2026-01-12T12:00', 140]);
  await bench.folded();
  await bench.take(['2026-01-11T12:00', 130]);
  const days = bench.store.attributeDays;
  const settle = days.settle.bind(days);
  days.settle = async () => await Promise.reject(new Error('power cut'));
  await expect(bench.folding.fold()).rejects.toThrow('power cut');
  days.settle = settle;
  bench.restart();
  expect(await bench.folded()).toEqual({ '2026-01-11': 30, '2026-01-12': 10 });
});

test('a reading that comes while its day is folded is not missed', async () => {
  const bench = new Workbench([attributeOf('sum')], { now: NOW });
  await bench.take(['2026-01-20T08:00', 1]);
  const { journal } = bench.store;
  const dated = journal.dated.bind(journal);
  journal.dated = async (series, date) => {
    journal.dated = dated;
    await bench.take(['2026-01-20T09:00', 2]);
    return await dated(series, date);
  };
  expect(await bench.folded()).toEqual({ '2026-01-20': 3 });
});

test.each([
  ['increase', 10, { when: conditionOf('< 1000') }],
  [{ count_changes: { to: 110 } }, 1, { when: conditionOf('< 1000') }],
  [{ time_in: '= 100' }, 720, { when: conditionOf('< 1000') }],
  ['increase', 10, {}],
])('%j starts from the last reading that counts, behind thousands that do not', async (fold, value, more) => {
  const bench = new Workbench([attributeOf(fold, more)], { now: NOW });
  const noise = Array.from({ length: 5000 }, (_, index): Reading => {
    const time = Date.parse('2026-01-19T12:00:00Z') + Math.floor(index / 2) * 2000;
    return { series: 'sample', time, value: 'when' in more ? 5000 : 'nonsense', id: `${index}` };
  });
  await bench.take(['2026-01-19T12:00', 100], ['2026-01-20T12:00', 110]);
  await bench.emit(noise);
  expect((await bench.folded())['2026-01-20']).toBe(value);
});

test('a span that ended earlier but stands later is what the day starts from', async () => {
  const bench = new Workbench([attributeOf('increase', { span: 'start' })], { now: NOW });
  const span = (start: string, end: string, value: number): Reading => ({ series: 'sample', start, end, value });
  await bench.emit([
    span('2026-01-10T10:00', '2026-01-13T10:00', 100),
    span('2026-01-11T10:00', '2026-01-11T11:00', 107),
    span('2026-01-16T10:00', '2026-01-16T10:00', 110),
  ]);
  expect(await bench.folded()).toEqual({ '2026-01-11': 7, '2026-01-16': 3 });
});

test('readings of a counter with dates alone step from date to date, over gaps and in any order', async () => {
  const bench = new Workbench([attributeOf('increase')], { now: NOW });
  await bench.take(['2026-01-14', 160], ['2026-01-10', 100], ['2026-01-11', 110]);
  expect(await bench.folded()).toEqual({ '2026-01-11': 10, '2026-01-14': 50 });
  await bench.take(['2026-01-12', 'unknown'], ['2026-01-13', 140]);
  expect(await bench.folded()).toEqual({ '2026-01-11': 10, '2026-01-13': 30, '2026-01-14': 20 });
});

test('states with dates alone change from date to date', async () => {
  const bench = new Workbench([attributeOf('count_changes')], { now: NOW });
  await bench.take(['2026-01-10', 'home'], ['2026-01-12', 'away'], ['2026-01-13', 'away']);
  expect(await bench.folded()).toEqual({ '2026-01-10': 0, '2026-01-12': 1, '2026-01-13': 0 });
});

test('a day in the future has no value until it has come, and then has one without another reading', async () => {
  const bench = new Workbench([attributeOf('sum')], { now: '2026-01-20T23:00' });
  await bench.take(['2026-01-21T00:30', 5], ['2026-01-21', 2], ['2026-01-20T22:00', 1]);
  expect(await bench.folded()).toEqual({ '2026-01-20': 1 });
  const [attribute] = bench.attributes.all();
  if (attribute === undefined) throw new Error('no attribute');
  expect(await bench.folding.explain(attribute, '2026-01-21')).toMatchObject({ reason: 'the day is yet to come' });
  await bench.until('2026-01-20T23:59', '2026-01-20');
  expect(await bench.values()).toEqual({ '2026-01-20': 1 });
  await bench.until('2026-01-21T00:00', '2026-01-20');
  expect(await bench.values()).toEqual({ '2026-01-20': 1, '2026-01-21': 7 });
});

test('a clock that cannot be trusted folds nothing and forgets no touch', async () => {
  const bench = new Workbench([attributeOf('sum'), attributeOf({ time_in: '> 0' }, { name: 'held' })], { now: NOW });
  await bench.take(['2026-01-20T08:00', 1]);
  await bench.folded();
  await bench.take(['2026-01-20T09:00', 2]);
  bench.clock.set(0);
  bench.clock.isTrusted = false;
  await bench.folding.refresh('2026-01-20');
  expect(await bench.values()).toEqual({ '2026-01-20': 1 });
  expect(await bench.values('held')).toEqual({ '2026-01-20': 240 });
  bench.clock.isTrusted = true;
  await bench.until('2026-01-20T13:00', '2026-01-20');
  expect(await bench.values()).toEqual({ '2026-01-20': 3 });
  expect(await bench.values('held')).toEqual({ '2026-01-20': 300 });
});

test('a clock that was ahead and is set back takes no value away', async () => {
  const bench = new Workbench([attributeOf('sum')], { now: NOW });
  await bench.take(['2026-01-20T08:00', 1]);
  await bench.folded();
  await bench.until('2026-01-19T22:00', '2026-01-20');
  expect(await bench.values()).toEqual({ '2026-01-20': 1 });
});

test('what moves with time is folded until its day ends, and once after', async () => {
  const bench = new Workbench([attributeOf({ time_in: '= on' })], { now: NOW });
  await bench.take(['2026-01-20T10:00', 'on']);
  await bench.folding.refresh('2026-01-20');
  expect(await bench.values()).toEqual({ '2026-01-20': 120 });
  await bench.until('2026-01-21T06:00', '2026-01-20');
  expect(await bench.values()).toEqual({ '2026-01-20': 840, '2026-01-21': 360 });
  const settled = recorded(bench);
  await bench.until('2026-01-21T07:00', '2026-01-21');
  expect(settled.map(({ date }) => date)).toEqual(['2026-01-21']);
  // Three days without the daemon.
  await bench.until('2026-01-24T07:00', '2026-01-21');
  expect(await bench.values()).toEqual({ '2026-01-20': 840, '2026-01-21': 600 });
});

test('a new definition is folded from every reading there is, carried-in values and spans too', async () => {
  const bench = new Workbench([], { now: NOW });
  await bench.take(['2026-01-10T12:00', 1]);
  await bench.emit([{ series: 'sample', start: '2026-01-14T12:00', end: '2026-01-16T12:00', value: 2 }]);
  const attribute = attributeOf({ time_in: '> 0' }, { span: 'split', staleMs: 48 * 3_600_000 });
  bench.attributes.replace([attribute]);
  await bench.folding.touchAll(attribute);
  expect(await bench.folded()).toEqual({
    '2026-01-10': 720,
    '2026-01-11': 1440,
    '2026-01-12': 720,
    '2026-01-14': 720,
    '2026-01-15': 1440,
    '2026-01-16': 720,
  });
});

test('a day with more readings than fit into memory keeps its value and is told, until there is room; others are folded', async () => {
  const bench = new Workbench([attributeOf('sum'), attributeOf('max', { name: 'other', from: ['home.other'] })], {
    now: NOW,
  });
  await bench.take(['2026-01-19T12:00', 3]);
  await bench.folded();
  const { journal, attributeDays, problems } = bench.store;
  const tight = new DayFolding(journal, attributeDays, bench.attributes, bench.calendar, bench.clock, problems, 3);
  const day = Array.from({ length: 4 }, (_, hour) => ({
    series: 'sample',
    value: 1,
    time: `2026-01-19T1${hour + 3}:00`,
  }));
  await bench.emit([...day, { series: 'other', value: 5, time: '2026-01-19T13:00' }]);

  await tight.fold();

  expect([await bench.values(), await bench.values('other')]).toEqual([{ '2026-01-19': 3 }, { '2026-01-19': 5 }]);
  expect(await problems.list()).toMatchObject([
    {
      code: 'attribute.unfolded',
      subject: 'sample',
      message:
        'sample on 2026-01-19 cannot be folded: home.sample has 5 readings around 2026-01-19; no more than 3 fit into memory',
      remedy: expect.stringContaining('NODE_OPTIONS'),
    },
  ]);
  await expect(tight.explain(attributeOf('sum'), '2026-01-19')).rejects.toThrow('no more than 1 fit into memory');
  const roomy = new DayFolding(journal, attributeDays, bench.attributes, bench.calendar, bench.clock, problems);
  await roomy.touchAll(attributeOf('sum'));
  await roomy.fold();
  expect(await bench.values()).toEqual({ '2026-01-19': 7 });
});

test('an attribute whose readings cannot be read keeps its value and is told; the others are folded', async () => {
  const bench = new Workbench([attributeOf('sum'), attributeOf('max', { name: 'other', from: ['home.other'] })], {
    now: NOW,
  });
  await bench.take(['2026-01-19T12:00', 3]);
  await bench.folded();
  const { journal, problems } = bench.store;
  const between = journal.between.bind(journal);
  journal.between = async (series, from, to) => {
    if (series === 'home.sample') throw new Error('the page is damaged');
    return await between(series, from, to);
  };
  await bench.emit([
    { series: 'sample', value: 4, time: '2026-01-19T13:00' },
    { series: 'other', value: 5, time: '2026-01-19T13:00' },
  ]);
  await bench.folding.fold();
  expect([await bench.values(), await bench.values('other')]).toEqual([{ '2026-01-19': 3 }, { '2026-01-19': 5 }]);
  expect(await problems.list()).toMatchObject([{ code: 'attribute.unfolded', subject: 'sample' }]);

  journal.between = between;
  await bench.take(['2026-01-19T14:00', 1]);
  expect(await bench.folded()).toEqual({ '2026-01-19': 8 });
  expect(await problems.list()).toEqual([]);
});

function recorded(bench: Workbench): FoldedDay[] {
  const settled: FoldedDay[] = [];
  const days = bench.store.attributeDays;
  const settle = days.settle.bind(days);
  days.settle = async (folded, now) => {
    settled.push(...folded);
    await settle(folded, now);
  };
  return settled;
}
