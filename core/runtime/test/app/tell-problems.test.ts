import { RecordedLogger } from '@dayfold/sdk/testing';
import { expect, test } from 'vitest';
import { tellSeries } from '../../src/app/tell-problems.ts';
import { FakeClock } from '../../src/day/fake-clock.ts';
import { AttributeIndex } from '../../src/intake/attribute-index.ts';
import { Intake } from '../../src/intake/intake.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { calendarOf } from '../folding/samples.ts';

const CODE = 'source.too_many_series';
const storm = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ series: `n${from + index}`, value: 1 }));

test('a storm of names is one problem and one line, and the next life sees anew whether it goes on', async () => {
  const store = createMemoryStore();
  const log = new RecordedLogger();
  const clock = new FakeClock(Date.parse('2026-03-10T12:00:00Z'));
  const begun = (): Intake =>
    new Intake(store.journal, clock, calendarOf('UTC'), new AttributeIndex(), {
      commitEveryMs: 20,
      onFull: tellSeries(store, { clock, log } as never),
    });
  const emit = async (intake: Intake, readings: readonly { series: string; value: number }[]): Promise<void> => {
    const stored = intake.emit('home', readings, {}, () => undefined);
    await clock.advance(20);
    await stored;
  };
  const first = begun();
  await emit(first, storm(10_000));
  expect(await store.problems.list()).toEqual([]);
  await emit(first, storm(5000, 10_000));
  await emit(first, storm(5000, 20_000));
  await clock.advance(1);
  expect(await store.problems.list()).toMatchObject([{ code: CODE, subject: 'home' }]);
  expect(log.lines).toHaveLength(1);

  const second = begun();
  await emit(second, storm(1));
  await clock.advance(1);
  expect(await store.problems.list()).toEqual([]);
  await emit(second, storm(1, 30_000));
  await clock.advance(1);
  expect(await store.problems.list()).toHaveLength(1);
});
