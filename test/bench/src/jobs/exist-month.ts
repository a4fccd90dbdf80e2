import { startExistTwin } from '@dayfold/exist-twin';
import { FakeClock } from '@dayfold/runtime';
import { writeFileSync } from 'node:fs';
import { subscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import process from 'node:process';
import { DAY_MS, START } from './day-of-readings.ts';
import { engineIn, pass } from './engine-in.ts';
import { reportJob } from './report-job.ts';
import { Sensors, sensorsConfiguration } from './sensors.ts';

/** Days in which every attribute changes each hour, against the stand-in for Exist: what reaches it, and what need not have. */
const [folder, attributesText, daysText] = process.argv.slice(2) as [string, string, string];
const attributes = Number(attributesText);
const days = Number(daysText);
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Calls of one sync must not look a minute apart. */
const STEP_MS = 30_000;
/** Half of the readings of an hour come after so many minutes, the others at its end: whenever it syncs, some are new. */
const HALF_MIN = 25;

const clock = new FakeClock(START);
await using twin = await startExistTwin({ timezone: 'UTC', now: () => clock.now() });
const exist = { url: twin.url, client_id: 'demo', client_secret: 'demo-secret' };
writeFileSync(
  join(folder, 'dayfold.yaml'),
  sensorsConfiguration(attributes, { type: 'integer', fold: 'last' }, { exist }),
);
/** Folding and planning give way to others at each attribute; so many turns of the event loop without a request are their end. */
const TURNS = 2 * attributes + 20;
const requests = new Set<object>();
type Seen = { readonly request: object };
subscribe('undici:request:create', (seen) => void requests.add((seen as Seen).request));
subscribe('undici:request:trailers', (seen) => void requests.delete((seen as Seen).request));
subscribe('undici:request:error', (seen) => void requests.delete((seen as Seen).request));

async function ended(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn = requests.size > 0 ? 0 : turn + 1)
    await new Promise<void>((resolve) => setImmediate(resolve));
}

const { plugin, readings: running } = new Sensors();
const assembled = await engineIn(folder, { clock, plugin });
const { daemon } = assembled;
const token = twin.issueToken({ scopes: ['productivity_write'], expiresInS: 2 * days * 86_400 });
await daemon.engine.connectToken('me', JSON.stringify(token));
await daemon.start();
const readings = await running;
// What it asks once, when it starts.
await pass(clock, MINUTE_MS, STEP_MS, ended);
const emit = (hour: number, half: 0 | 1): void => {
  const due = Array.from({ length: attributes }, (_, index) => index).filter((index) => index % 2 === half);
  void readings.emit(due.map((index) => ({ series: `s${index}`, value: hour + 1 })));
};
for (let hour = 0; hour < days * 24; hour += 1) {
  const left = (START + (hour + 1) * HOUR_MS - clock.now()) / MINUTE_MS - 1;
  await pass(clock, HALF_MIN * MINUTE_MS, STEP_MS, ended);
  emit(hour, 0);
  await pass(clock, (left - HALF_MIN) * MINUTE_MS, STEP_MS, ended);
  emit(hour, 1);
  await pass(clock, MINUTE_MS, STEP_MS, ended);
}
// The sync after the last midnight.
await pass(clock, HOUR_MS, STEP_MS, ended);
await assembled[Symbol.asyncDispose]();

const counters = twin.counters();
const wrong = Object.entries(twin.values()).filter(([, values]) =>
  Array.from({ length: days }, (_, day) => new Date(START + day * DAY_MS).toISOString().slice(0, 10)).some(
    (date, day) => values[date] !== (day + 1) * 24,
  ),
);
if (wrong.length > 0 || Object.keys(twin.values()).length < attributes)
  throw new Error(`${wrong.length} of ${attributes} attributes have wrong values in Exist`);
const all = Object.values(counters.requests).reduce((sum, count) => sum + count, 0);
const updates = counters.requests['update'] ?? 0;
const again = [...Object.values(counters.creates), ...Object.values(counters.acquires)].filter((times) => times > 1);
const { unchangedItems, duplicateItems, mergeableCalls, periodicSyncsWithinAnHour, tokenCalls } = counters;
reportJob({
  updates_a_day: updates / days,
  other_requests: all - updates,
  unneeded: unchangedItems + duplicateItems + mergeableCalls + periodicSyncsWithinAnHour + tokenCalls + again.length,
});
