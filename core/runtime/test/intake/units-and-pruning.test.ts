import { expect, test } from 'vitest';
import { attributeOf, conditionOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

const NOW = '2026-02-20T12:00';

test('readings in mixed units are each converted by their own', async () => {
  const bench = new Workbench([attributeOf('sum', { targetUnit: 'kJ' })], { now: NOW });
  await bench.take(
    ['2026-02-20T08:00', 10, { unit: 'kcal' }],
    ['2026-02-20T09:00', 10, { unit: 'kJ' }],
    ['2026-02-20T10:00', '1', { unit: 'Wh' }],
    ['2026-02-20T11:00', 5],
  );
  // What carries no unit is taken to be in that of the earliest reading.
  expect(await bench.folded()).toEqual({ '2026-02-20': 76.36 });
});

test('a counter that changes its unit over midnight steps by what it grew', async () => {
  const bench = new Workbench([attributeOf('increase', { targetUnit: 'kWh' })], { now: NOW });
  await bench.take(['2026-02-19T20:00', 5000, { unit: 'Wh' }], ['2026-02-20T08:00', 5.5, { unit: 'kWh' }]);
  expect(await bench.folded()).toEqual({ '2026-02-20': 0.5 });
});

test('series in different units are combined in one', async () => {
  const attribute = attributeOf('last', {
    from: ['home.sample', 'home.other'],
    combine: 'max',
    targetUnit: 'kg',
  });
  const bench = new Workbench([attribute], { now: NOW });
  await bench.emit([
    { series: 'sample', time: '2026-02-20T08:00', value: 80, unit: 'kg' },
    { series: 'other', time: '2026-02-20T07:00', value: 100, unit: 'lb' },
  ]);
  expect(await bench.folded()).toEqual({ '2026-02-20': 80 });
});

test('a reading that measures something else does not count, and says so', async () => {
  const bench = new Workbench([attributeOf('sum', { targetUnit: 'kJ' })], { now: NOW });
  await bench.take(['2026-02-20T08:00', 21, { unit: '°C' }], ['2026-02-20T09:00', 10, { unit: 'kJ' }]);
  expect(await bench.folded()).toEqual({ '2026-02-20': 10 });
  const [attribute] = bench.attributes.all();
  if (attribute === undefined) throw new Error('no attribute');
  const { trace } = await bench.folding.explain(attribute, '2026-02-20');
  expect(trace.map(({ observation, why }) => [observation.value, why])).toEqual([
    [21, 'its unit °C cannot be turned into kJ'],
    [10, undefined],
  ]);
});

test('the unit that the attribute says goes over what the readings carry', async () => {
  const bench = new Workbench([attributeOf('sum', { targetUnit: 'kJ', unit: 'kJ' })], { now: NOW });
  await bench.take(['2026-02-20T08:00', 10, { unit: 'kcal' }], ['2026-02-20T09:00', 10, { unit: 'kJ' }]);
  expect(await bench.folded()).toEqual({ '2026-02-20': 20 });
});

test('pruning keeps the one reading that the first kept day starts from, and changes no value', async () => {
  const attributes = [
    attributeOf('increase', { when: conditionOf('< 1000') }),
    attributeOf({ count_changes: { to: 30 } }, { name: 'changes', when: conditionOf('< 1000') }),
    attributeOf('sum', { name: 'sum' }),
  ];
  const bench = new Workbench(attributes, { now: '2026-01-02T12:00' });
  await bench.take(['2026-01-01T10:00', 10], ['2026-01-02T10:00', 20]);
  await bench.take(
    ...Array.from({ length: 100 }, (_, index) => [`2026-01-02T11:${index % 60}`.padEnd(16, '0'), 5000] as const),
  );
  await bench.folded();
  bench.clock.set(bench.calendar.instantOf('2026-02-10T12:00') ?? 0);
  await bench.take(['2026-02-10T10:00', 30]);
  await bench.folded();
  const before = [await bench.values(), await bench.values('changes'), await bench.values('sum')];
  expect(before[0]).toEqual({ '2026-01-02': 10, '2026-02-10': 10 });
  expect(await bench.prune()).toBeGreaterThan(50);
  const rest = await bench.store.journal.between('home.sample', 0, Number.MAX_SAFE_INTEGER);
  expect(rest.map(({ value }) => value)).toEqual([20, 30]);
  bench.restart();
  for (const attribute of attributes) await bench.folding.touchAll(attribute);
  await bench.folding.fold();
  expect([await bench.values(), await bench.values('changes'), await bench.values('sum')]).toEqual(before);
});

test('a kept reading gives a new attribute no value of a day whose other readings are gone', async () => {
  const bench = new Workbench([attributeOf('increase')], { now: '2026-01-02T12:00' });
  await bench.take(['2026-01-02T10:00', 10], ['2026-01-02T11:00', 20]);
  await bench.folded();
  bench.clock.set(bench.calendar.instantOf('2026-02-10T12:00') ?? 0);
  await bench.take(['2026-02-10T10:00', 30], ['2026-01-03T10:00', 25]);
  await bench.prune();
  const added = attributeOf('last', { name: 'added' });
  bench.attributes.replace([...bench.attributes.all(), added]);
  await bench.folding.touchAll(added);
  await bench.folding.fold();
  expect(await bench.values('added')).toEqual({ '2026-01-03': 25, '2026-02-10': 30 });
});

test('pruning takes whole local days only, and dates west of Greenwich stay with their day', async () => {
  const bench = new Workbench([attributeOf('sum')], { now: '2026-01-01T09:30', zone: 'America/Los_Angeles' });
  bench.keepMs = 24 * 3_600_000;
  await bench.take(['2026-01-01T09:00', 1], ['2026-01-02T01:00', 2], ['2026-01-02', 4], ['2026-01-01', 8]);
  await bench.folded();
  bench.clock.set(bench.calendar.instantOf('2026-01-03T12:00') ?? 0);
  expect(await bench.prune()).toBe(2);
  await bench.store.attributeDays.touch([{ attribute: 'sample', date: '2026-01-02' }]);
  expect(await bench.folded()).toEqual({ '2026-01-01': 9, '2026-01-02': 6 });
});

test('a counter of dates alone keeps the date it starts from', async () => {
  const bench = new Workbench([attributeOf('increase')], { now: '2026-01-02T12:00' });
  await bench.take(['2026-01-01', 10], ['2026-01-02', 20]);
  await bench.folded();
  bench.clock.set(bench.calendar.instantOf('2026-02-20T12:00') ?? 0);
  expect(await bench.prune()).toBe(1);
  await bench.take(['2026-02-20', 50]);
  expect(await bench.folded()).toEqual({ '2026-01-02': 10, '2026-02-20': 30 });
});
