import { AttributeIndex, createCalendar, DayFolding, FakeClock } from '@dayfold/runtime';
import { openSqliteStore } from '@dayfold/store-sqlite';
import process from 'node:process';
import { ATTRIBUTE, DATE, DAY_MS, lateReadings, START } from './day-of-readings.ts';
import { reportJob } from './report-job.ts';

/** Stores late readings of one day, folds the day, adds one more and folds it again. */
const [folder, count] = process.argv.slice(2) as [string, string];
const store = await openSqliteStore({ folder });
const calendar = createCalendar({ zones: [{ from: 0, zone: 'UTC' }], dayStartsMin: 0 });
const attributes = new AttributeIndex([ATTRIBUTE]);
const folding = new DayFolding(
  store.journal,
  store.attributeDays,
  attributes,
  calendar,
  new FakeClock(START + 2 * DAY_MS),
);
const touches: Parameters<typeof store.journal.commit>[2] = (reading) => attributes.touchedBy(reading, calendar);

const began = performance.now();
for (const batch of lateReadings(Number(count), 5000)) await store.journal.commit(batch, [], touches);
const stored = performance.now();
await folding.fold();
const folded = performance.now();
const refolds: number[] = [];
for (let round = 0; round < 9; round += 1) {
  await store.journal.commit(
    [{ series: ATTRIBUTE.from[0] as string, value: 1, at: START + round, receivedAt: START }],
    [],
    touches,
  );
  const from = performance.now();
  await folding.fold();
  refolds.push(performance.now() - from);
}
const day = await store.attributeDays.get(ATTRIBUTE.name, DATE);
await store.close();
if (day?.readings !== Number(count) + 9)
  throw new Error(`${day?.readings} readings were folded, ${count} and 9 are stored`);
reportJob({
  per_second: (Number(count) * 1000) / (stored - began),
  fold_ms: folded - stored,
  refold_ms: refolds.sort((a, b) => a - b)[4] as number,
});
