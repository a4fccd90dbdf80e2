import { expect, test } from 'vitest';
import { DayValues } from '../../src/intake/day-values.ts';
import { attributeOf } from '../folding/samples.ts';
import { Workbench } from './workbench.ts';

test.each(['America/New_York', 'Europe/Berlin'])(
  'in %s a date with more readings than fit into memory is refused, and no other one',
  async (zone) => {
    const attribute = attributeOf('sum', { from: ['home.sample'] });
    const bench = new Workbench([attribute], { now: '2026-04-20T12:00', zone });
    await bench.take(['2026-03-24', 1], ...Array.from({ length: 20 }, () => ['2026-03-25', 1] as const));
    const values = new DayValues(bench.store.journal, bench.calendar, bench.clock, 10);

    expect((await values.of(attribute, '2026-03-24')).value).toBe(1);
    expect((await values.of(attribute, '2026-03-26')).value).toBeUndefined();
    await expect(values.of(attribute, '2026-03-25')).rejects.toThrow(
      'home.sample has 20 readings around 2026-03-25; no more than 10 fit into memory',
    );
  },
);
