import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { writtenMbOf } from '../watching.ts';
import { DAY_MS } from './day-of-readings.ts';
import type { IdleDay } from './idle-day.ts';
import { reportJob } from './report-job.ts';

/** What such a day costs at the least: its readings appended, synced each five seconds, and nothing else; to a table or to a file. */
const [folder, sensors, hours, to] = process.argv.slice(2) as [string, string, string, 'table' | 'file'];
const COMMIT_MS = 5000;
/** A time, a value, the number of the series, flags. */
const READING_BYTES = 8 + 8 + 4 + 1;
const lived = Number(hours) * 3_600_000;
const commits = lived / COMMIT_MS;
const readings = Math.round(Number(sensors) / 2);
const body = Buffer.alloc(readings * READING_BYTES, 7);

using appending = to === 'table' ? appendedToTable() : appendedToFile();
const from = Date.now();
const before = writtenMbOf(process.pid);
for (let commit = 0; commit < commits; commit += 1) appending.append(body);
const written = writtenMbOf(process.pid) - before;
reportJob({
  written_mb_day: (written * DAY_MS) / lived,
  messages: commits * readings,
  from,
  to: Date.now(),
} satisfies Omit<IdleDay, 'peak_mb'>);

interface Appending extends Disposable {
  append(bytes: Buffer): void;
}

function appendedToTable(): Appending {
  const database = new DatabaseSync(join(folder, 'append.db'));
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE tail (seq INTEGER PRIMARY KEY, body BLOB)',
  );
  const insert = database.prepare('INSERT INTO tail (body) VALUES (?)');
  return { append: (bytes) => void insert.run(bytes), [Symbol.dispose]: () => database.close() };
}

function appendedToFile(): Appending {
  const file = openSync(join(folder, 'append.bin'), 'a');
  return {
    append(bytes) {
      writeSync(file, bytes);
      fdatasyncSync(file);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}
