import { SystemClock } from '@dayfold/runtime';
import type { JournalReading } from '@dayfold/runtime';
import { openSqliteStore } from '@dayfold/store-sqlite';
import { join } from 'node:path';
import process from 'node:process';
import { engineIn } from './engine-in.ts';
import { DAY_MS } from './day-of-readings.ts';
import { reportJob } from './report-job.ts';

/** Fills the folder's store with readings of 100 series up to now, and folds their days. */
const [folder = '.', daysText, countText] = process.argv.slice(2);
const days = Number(daysText);
const count = Number(countText);
const SERIES = Array.from({ length: 100 }, (_, index) => `home.s${String(index).padStart(5, '0')}`);
const BATCH = 5000;

const store = await openSqliteStore({ folder: join(folder, 'data') });
const end = Date.now();
const stepMs = (days * DAY_MS) / count;
for (let first = 0; first < count; first += BATCH) {
  const readings = Array.from({ length: Math.min(BATCH, count - first) }, (_, offset): JournalReading => {
    const index = first + offset;
    const at = Math.floor(end - (count - index) * stepMs);
    return { series: SERIES[index % 100] as string, value: (index % 1000) / 10, at, receivedAt: at };
  });
  await store.journal.commit(readings, [], () => []);
}
{
  // Its attributes are new to it: each is folded from every reading there is.
  await using engine = await engineIn(folder, { clock: new SystemClock(), store });
  await engine.daemon.refresh();
  const known = await engine.daemon.engine.days({});
  if (known.length < days) throw new Error(`${known.length} attribute-days were folded of ${days} days`);
}
reportJob({ days });
