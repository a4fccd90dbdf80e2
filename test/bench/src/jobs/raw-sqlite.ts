import process from 'node:process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DAY_MS, lateReadings, START } from './day-of-readings.ts';
import { reportJob } from './report-job.ts';

/** The same rows by node:sqlite alone, with an index by series and time, and the day's rows read back. */
const [folder, count] = process.argv.slice(2) as [string, string];
const database = new DatabaseSync(join(folder, 'raw.db'));
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
  CREATE TABLE journal (seq INTEGER PRIMARY KEY, series INTEGER NOT NULL, at INTEGER NOT NULL, value NOT NULL, received INTEGER NOT NULL);
  CREATE INDEX journal_at ON journal (series, at)`);
const insert = database.prepare('INSERT INTO journal (series, at, value, received) VALUES (1, ?, ?, ?)');
const began = performance.now();
for (const batch of lateReadings(Number(count), 5000)) {
  database.exec('BEGIN IMMEDIATE');
  for (const { at, value, receivedAt } of batch) insert.run(at, value as number, receivedAt);
  database.exec('COMMIT');
}
const stored = performance.now();
const select = database.prepare('SELECT at, value FROM journal WHERE series = 1 AND at >= ? AND at < ? ORDER BY at');
const reads: number[] = [];
for (let round = 0; round < 9; round += 1) {
  const from = performance.now();
  const rows = select.all(START, START + DAY_MS);
  reads.push(performance.now() - from);
  if (rows.length !== Number(count)) throw new Error(`${rows.length} rows were read, ${count} are stored`);
}
database.close();
reportJob({ per_second: (Number(count) * 1000) / (stored - began), read_ms: reads.sort((a, b) => a - b)[4] as number });
