import { parse } from 'csv-parse';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { reportJob } from './report-job.ts';

/**
 * What keeping a table takes at the least: its numbers read, packed by column and stretch of dates, read back, and a row
 * for each attribute-day. Nothing is checked, compared, marked or folded.
 */
const [folder = '', file = '', rows] = process.argv.slice(2);
const STRETCH = 128;
const ROWS_A_STATEMENT = 50;
const ROWS_A_COMMIT = 4000;

const columns: number[][] = [];
for await (const [, ...values] of createReadStream(file).pipe(parse({ from_line: 2 })) as AsyncIterable<string[]>) {
  for (const [column, value] of values.entries()) (columns[column] ??= []).push(Number(value));
}
const days = columns[0]?.length ?? 0;
if (days !== Number(rows)) throw new Error(`${days} rows were parsed of ${rows}`);

using database = new DatabaseSync(join(folder, 'kept.db'));
database.exec(
  `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
   CREATE TABLE page (seq INTEGER PRIMARY KEY, series INTEGER, stretch INTEGER, body BLOB);
   CREATE TABLE day (id INTEGER PRIMARY KEY, account TEXT, wanted, readings INTEGER, changed INTEGER);`,
);
packColumns();
keepDays(columns.map((_, series) => readBack(series)));
const kept = database.prepare('SELECT count(*) AS n FROM day').get()?.['n'];
if (kept !== days * columns.length) throw new Error(`${String(kept)} days are kept of ${days * columns.length}`);
reportJob({});

function packColumns(): void {
  const insert = database.prepare('INSERT INTO page (series, stretch, body) VALUES (?, ?, ?)');
  database.exec('BEGIN');
  for (const [series, values] of columns.entries()) {
    for (let at = 0; at < days; at += STRETCH) {
      insert.run(series, at, new Uint8Array(Float64Array.from(values.slice(at, at + STRETCH)).buffer));
    }
  }
  database.exec('COMMIT');
}

function readBack(series: number): number[] {
  const pages = database.prepare('SELECT body FROM page WHERE series = ? ORDER BY stretch').all(series);
  return pages.flatMap(({ body }) => Array.from(new Float64Array((body as Uint8Array).slice().buffer)));
}

function keepDays(series: readonly (readonly number[])[]): void {
  const one = '(?, ?, ?, 1, ?)';
  const insert = (count: number) =>
    database.prepare(
      `INSERT INTO day (id, account, wanted, readings, changed) VALUES ${Array(count).fill(one).join(',')}`,
    );
  const many = insert(ROWS_A_STATEMENT);
  const now = Date.now();
  let waiting: (number | string)[] = [];
  let count = 0;
  database.exec('BEGIN');
  for (const [column, values] of series.entries()) {
    for (const [day, value] of values.entries()) {
      waiting.push(column * 2 ** 22 + day, 'me', value, now);
      count += 1;
      if (count % ROWS_A_STATEMENT === 0) {
        many.run(...waiting);
        waiting = [];
      }
      if (count % ROWS_A_COMMIT === 0) database.exec('COMMIT; BEGIN');
    }
  }
  if (waiting.length > 0) insert(count % ROWS_A_STATEMENT).run(...waiting);
  database.exec('COMMIT');
}
