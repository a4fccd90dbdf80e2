import type { JournalReading, Touches } from '@dayfold/runtime';
import type { MirrorResult } from '@dayfold/sdk';
import { isPaged } from '../bodies/dated-bodies.ts';
import { COLUMNS, PLACE } from '../bodies/reading-rows.ts';
import type { ReadingRows } from '../bodies/reading-rows.ts';
import type { Database } from '../database.ts';
import type { TouchedMarks } from '../days/touched-marks.ts';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';
import type { TableNumbers } from '../numbers/table-numbers.ts';
import type { ArrivalTimes } from '../tail/arrival-times.ts';
import type { DatedPages } from './dated-pages.ts';
import { PageMirror } from './page-mirror.ts';
import { StagedPages } from './staged-pages.ts';
import { differences } from './table-differences.ts';

/** Rows read in one go: few, so that they are garbage before anything is made of the next. */
const PORTION = 100;

/**
 * Makes the readings of a table exactly those that come. They are gathered in temporary tables batch by batch, on disk where
 * they are many: those of dated pages in pages, the others in rows, and so in the end those of a page that would be too
 * large. One transaction at the end replaces the pages that changed, takes the unchanged rows out again and puts what is left
 * into the journal.
 */
export class TableMirror {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #tables: TableNumbers;
  readonly #rows: ReadingRows;
  readonly #pages: PageMirror;
  readonly #arrivals: ArrivalTimes;
  readonly #touched: TouchedMarks;
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(
    database: Database,
    series: SeriesNumbers,
    tables: TableNumbers,
    rows: ReadingRows,
    dated: DatedPages,
    arrivals: ArrivalTimes,
    touched: TouchedMarks,
  ) {
    this.#database = database;
    this.#series = series;
    this.#tables = tables;
    this.#rows = rows;
    this.#pages = new PageMirror(database, series, dated, touched);
    this.#arrivals = arrivals;
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
    name: string,
    rows: AsyncIterable<readonly JournalReading[]>,
    touches: Touches,
  ): Promise<MirrorResult> {
    const database = this.#database;
    database.run(
      `CREATE TEMP TABLE IF NOT EXISTS staged (place INTEGER PRIMARY KEY, series INTEGER, at INTEGER, start INTEGER, date TEXT,
         value, flags INTEGER, unit TEXT, id TEXT, origin INTEGER, received INTEGER)`,
    );
    const table = database.transaction(() => this.#tables.idOf(name));
    database.run('DELETE FROM staged WHERE origin = ?', table);
    const pages = new StagedPages(database, table);
    const latest = new Latest();
    try {
      for await (const batch of rows) {
        database.transaction(() => {
          const others: (number | string | null)[][] = [];
          for (const reading of batch) {
            const series = this.#series.idFor(reading);
            latest.see(reading, series);
            if (isPaged(reading)) pages.add(reading, series);
            else others.push(this.#rows.rowOf(reading, series));
          }
          database.insert(`staged (${COLUMNS})`, others);
        });
      }
      return database.transaction(() => {
        pages.write();
        for (const { series, crowd } of pages.takeCrowds(name, latest.received))
          database.insert(
            `staged (${COLUMNS})`,
            crowd.map((reading) => this.#rows.rowOf(reading, series)),
          );
        const [inPages, inRows] = [
          this.#pages.settle(table, pages, latest.received, touches),
          this.#settleRows(table, touches),
        ];
        const added = inPages.added + inRows.added;
        if (added > 0) this.#arrivals.keep(new Map([[this.#series.sourceOf(latest.series), latest.received]]));
        this.#touched.write();
        return {
          added,
          withdrawn: inPages.withdrawn + inRows.withdrawn,
          unchanged: inPages.unchanged + inRows.unchanged,
        };
      });
    } finally {
      database.run('DELETE FROM staged WHERE origin = ?', table);
      pages.clear();
    }
  }

  #settleRows(table: number, touches: Touches): MirrorResult {
    const database = this.#database;
    // Of rows with one id the last counts.
    database.run(
      `DELETE FROM staged WHERE origin = ?1 AND id IS NOT NULL AND place NOT IN
         (SELECT max(place) FROM staged WHERE origin = ?1 AND id IS NOT NULL GROUP BY series, id)`,
      table,
    );
    const total = this.#staged(table);
    let withdrawn = 0;
    for (const difference of differences(database, table)) {
      if (difference.kind === 'unchanged') database.run('DELETE FROM staged WHERE place = ?', difference.place);
      else this.#remove(difference.seq, touches);
      if (difference.kind === 'gone') withdrawn += 1;
    }
    const added = this.#staged(table);
    if (added > 0) this.#addStaged(table, touches);
    return { added, withdrawn, unchanged: total - added };
  }

  #addStaged(table: number, touches: Touches): void {
    const database = this.#database;
    this.#removeNamesakes(table, touches);
    let last = 0;
    for (;;) {
      const rows = database.lists(
        `SELECT ${PLACE}, place FROM staged WHERE place > ? AND origin = ? ORDER BY place LIMIT ${PORTION}`,
        last,
        table,
      );
      for (const row of rows) this.#touched.addOnce(touches(this.#rows.placeOf(row)));
      const end = rows.at(-1);
      if (end === undefined) break;
      last = Number(end.at(-1));
    }
    // Side by side in the indexes.
    database.run(
      `INSERT INTO journal (${COLUMNS}) SELECT ${COLUMNS} FROM staged WHERE origin = ? ORDER BY series, at, place`,
      table,
    );
  }

  /** What another table or the source itself gave under an id that is now one of this table. */
  #removeNamesakes(table: number, touches: Touches): void {
    let last = 0;
    for (;;) {
      const namesakes = this.#database.all(
        `SELECT place, seq FROM staged JOIN journal ON journal.series = staged.series AND journal.id = staged.id
         WHERE staged.origin = ? AND staged.id IS NOT NULL AND place > ? ORDER BY place LIMIT ${PORTION}`,
        table,
        last,
      );
      for (const { seq } of namesakes) this.#remove(Number(seq), touches);
      const end = namesakes.at(-1);
      if (end === undefined) return;
      last = Number(end['place']);
    }
  }

  #remove(seq: number, touches: Touches): void {
    const [row] = this.#database.lists(`SELECT ${PLACE} FROM journal WHERE seq = ?`, seq);
    if (row !== undefined) this.#touched.addOnce(touches(this.#rows.placeOf(row)));
    this.#database.run('DELETE FROM journal WHERE seq = ?', seq);
  }

  #staged(table: number): number {
    return Number(this.#database.get('SELECT count(*) AS n FROM staged WHERE origin = ?', table)?.['n']);
  }
}

/** The time of arrival that is latest among those that come, and the series of one of them. */
class Latest {
  received = 0;
  series = -1;

  see({ receivedAt }: JournalReading, series: number): void {
    if (this.series === -1 || receivedAt > this.received) this.received = receivedAt;
    this.series = series;
  }
}
