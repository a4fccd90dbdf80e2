import type { Reading } from '@dayfold/sdk';
import { expect, test } from 'vitest';
import { attributeOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

test('names, texts, ids and units of readings are bounded', async () => {
  const bench = new Workbench([attributeOf('last')], { now: '2026-02-16T12:00' });
  const misfits: string[] = [];
  const emit = async (...readings: readonly Reading[]): Promise<void> =>
    await bench.intake.emit('home', readings, {}, (reason) => misfits.push(reason));
  await emit({ series: 'x'.repeat(200), value: 1 }, { series: 'x'.repeat(201), value: 1 });
  await emit({ series: 'long', value: 'v'.repeat(5000), id: 'i'.repeat(600), unit: 'u'.repeat(200) });
  await bench.intake.flush();
  expect(misfits).toEqual(['the series has no usable name']);
  const { journal } = bench.store;
  expect(await journal.series('home')).toHaveLength(2);
  const [kept] = await journal.between('home.long', 0, Number.MAX_SAFE_INTEGER);
  expect(kept).toMatchObject({ value: 'v'.repeat(4000), id: 'i'.repeat(500), unit: 'u'.repeat(100) });
});
