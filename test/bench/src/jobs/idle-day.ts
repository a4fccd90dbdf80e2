import { FakeClock } from '@dayfold/runtime';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { writtenMbOf } from '../watching.ts';
import { DATE, DAY_MS, START } from './day-of-readings.ts';
import { engineIn } from './engine-in.ts';
import { reportJob } from './report-job.ts';
import { Sensors, sensorsConfiguration } from './sensors.ts';

/** What it tells; the time between is the machine's. */
export interface IdleDay {
  readonly written_mb_day: number;
  readonly messages: number;
  readonly from: number;
  readonly to: number;
  readonly peak_mb: number;
}

/**
 * A day of sensors with a reading each ten seconds, on a clock that is moved: every commit, every hourly task and every
 * checkpoint of a whole day. Fewer hours are scaled to a day.
 */
const [folder, sensors, hours] = process.argv.slice(2) as [string, string, string];
const EVERY_MS = 10_000;
const count = Number(sensors);
const clock = new FakeClock(START);
const attributes = Math.min(count, 50);
writeFileSync(join(folder, 'dayfold.yaml'), sensorsConfiguration(attributes, { type: 'float', fold: 'mean' }));
const { plugin, readings: running } = new Sensors();
const assembled = await engineIn(folder, { clock, plugin });
const { daemon } = assembled;
await daemon.start();
const readings = await running;

const from = Date.now();
const before = writtenMbOf(process.pid);
const until = START + Number(hours) * 3_600_000;
// Each sensor keeps its own moment within the ten seconds; together they come in no rhythm.
const moments = Array.from({ length: count }, (_, sensor) => ({ sensor, at: (sensor * 7919 + 4001) % EVERY_MS })).sort(
  (left, right) => left.at - right.at,
);
let emitted = 0;
let stored = 0;
for (let round = START; round < until; round += EVERY_MS) {
  for (const { sensor, at } of moments) {
    await clock.advance(round + at - clock.now());
    void readings.emit([{ series: `s${sensor}`, value: (emitted % 1000) / 10 }]).then(() => (stored += 1));
    emitted += 1;
  }
}
await clock.advance(until + EVERY_MS - clock.now());
if (stored !== emitted) throw new Error(`${emitted} readings were emitted, ${stored} are stored`);
const written = writtenMbOf(process.pid) - before;
const to = Date.now();

const days = await daemon.engine.days({ from: DATE, to: DATE });
const folded = days.reduce((sum, day) => sum + day.readings, 0);
await assembled[Symbol.asyncDispose]();
const expected = (emitted * attributes) / count;
if (folded !== expected) throw new Error(`${folded} readings were folded, ${expected} were emitted for attributes`);
reportJob({
  written_mb_day: (written * DAY_MS) / (until - START),
  messages: emitted,
  from,
  to,
} satisfies Omit<IdleDay, 'peak_mb'>);
