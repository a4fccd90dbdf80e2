import { isSameReading } from '@dayfold/runtime';
import type { JournalReading, Touches } from '@dayfold/runtime';
import type { MirrorResult } from '@dayfold/sdk';
import type { Database } from './database.ts';
import { COLUMNS, readingOf } from './reading-rows.ts';
import type { ReadingWriter } from './reading-writer.ts';
import type { SeriesNumbers } from './series-numbers.ts';
import type { TouchedMarks } from './touched-marks.ts';

/** Rows read or removed in one go; keeps memory flat. */
const PORTION = 1000;

/**
 * Makes the readings of a table exactly those that come. They are gathered in a temporary table batch by batch, with the
 * unchanged ones by name only; one transaction at the end changes the journal.
 */
export class TableMirror {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #writer: ReadingWriter;
  readonly #touched: TouchedMarks;
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(database: Database, series: SeriesNumbers, writer: ReadingWriter, touched: TouchedMarks) {
    this.#database = database;
    this.#series = series;
    this.#writer = writer;
    this.#touched = touched;
  }

  async mirror(table: string, rows: AsyncIterable<readonly JournalReading[]>, touches: Touches): Promise<MirrorResult> {
    // Two passes over one table would mix their rows: the later waits.
    const earlier = this.#running.get(table) ?? Promise.resolve();
    const pass = earlier.then(() => this.#mirrorNow(table, rows, touches));
    const settled = pass.catch(() => undefined);
    this.#running.set(table, settled);
    try {
      return await pass;
    } finally {
      if (this.#running.get(table) === settled) this.#running.delete(table);
    }
  }

  async #mirrorNow(
    table: string,
    rows: AsyncIterable<readonly JournalReading[]>,
    touches: Touches,
  ): Promise<MirrorResult> {
    const database = this.#database;
    // In the order in which they come, which is mostly that of their days: the journal is written in places side by side.
    database.run(
      'CREATE TEMP TABLE IF NOT EXISTS staged (place INTEGER PRIMARY KEY, origin TEXT, series INTEGER, id TEXT, row TEXT, UNIQUE (origin, series, id))',
    );
    database.run('DELETE FROM staged WHERE origin = ?', table);
    try {
      const isNew = database.get('SELECT 1 FROM journal WHERE origin = ? LIMIT 1', table) === undefined;
      for await (const batch of rows) {
        database.transaction(() => {
          for (const reading of batch) this.#stage(table, reading, isNew);
        });
      }
      return database.transaction(() => this.#settleMirror(table, touches));
    } finally {
      database.run('DELETE FROM staged WHERE origin = ?', table);
    }
  }

  /** A table `isNew` while none of its readings is stored. */
  #stage(table: string, reading: JournalReading, isNew: boolean): void {
    const series = this.#series.idOf(reading.series);
    const known = isNew ? undefined : this.#stored(table, series, reading.id);
    const isUnchanged = known !== undefined && isSameReading(readingOf(known, reading.series), reading);
    this.#database.run(
      'INSERT OR REPLACE INTO staged (origin, series, id, row) VALUES (?, ?, ?, ?)',
      table,
      series,
      reading.id ?? null,
      isUnchanged ? null : JSON.stringify(reading),
    );
  }

  #stored(table: string, series: number, id: string | undefined): Record<string, unknown> | undefined {
    return this.#database.get(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND id = ? AND origin = ?`,
      series,
      id ?? null,
      table,
    );
  }

  #settleMirror(table: string, touches: Touches): MirrorResult {
    const database = this.#database;
    const missing = `SELECT ${COLUMNS} FROM journal WHERE origin = ?
      AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.origin = journal.origin AND staged.series = journal.series AND staged.id = journal.id)
      LIMIT ${PORTION}`;
    let withdrawn = 0;
    for (;;) {
      const gone = database.all(missing, table);
      for (const row of gone) {
        this.#touched.add(touches(readingOf(row, this.#series.nameOf(Number(row['series'])))));
        database.run('DELETE FROM journal WHERE seq = ?', Number(row['seq']));
      }
      withdrawn += gone.length;
      if (gone.length < PORTION) break;
    }
    let added = 0;
    let last = 0;
    for (;;) {
      // The + keeps SQLite to the order of the places; by origin it would find all, and sort them, for each portion.
      const rows = database.all(
        'SELECT place, row FROM staged WHERE place > ? AND +origin = ? AND row IS NOT NULL ORDER BY place LIMIT ?',
        last,
        table,
        PORTION,
      );
      this.#writer.write(
        rows.map(({ row }) => JSON.parse(row as string) as JournalReading),
        touches,
      );
      added += rows.length;
      const end = rows.at(-1);
      if (end === undefined) break;
      last = Number(end['place']);
    }
    this.#touched.write();
    const total = Number(database.get('SELECT count(*) AS n FROM staged WHERE origin = ?', table)?.['n']);
    return { added, withdrawn, unchanged: total - added };
  }
}
