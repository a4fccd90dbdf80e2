import type { Instant, JournalReading } from '@dayfold/runtime';
import {
  bareBody,
  bodyOf,
  contentIn,
  isBare,
  mergedBody,
  readingsIn,
  sortedColumns,
  stretchOf,
} from '../bodies/dated-bodies.ts';
import type { BareColumns } from '../bodies/dated-bodies.ts';
import { HEAD_BYTES } from '../bodies/reading-columns.ts';
import type { Database } from '../database.ts';
import type { DatedPage } from './dated-pages.ts';

/** Readings held in memory until they are written in pages. */
const MOST_HELD = 50_000;
/** Of a text: it takes as much memory as another reading. */
const CHARACTERS_AS_READING = 100;
/** Bytes, some 3,800 numbers, 30 for each date: a page is read, compared and written whole, for one date too. */
const LARGEST_PAGE = 64 * 1024;
/** Pages whose keys are read at once. */
const PORTION = 100;

/**
 * What comes of a table for its dated pages. Readings are held in columns by series; once there are many they are written,
 * sorted, into a temporary table, on disk where they are many. A series and stretch that came in parts has several pages there.
 */
export class StagedPages {
  readonly #database: Database;
  readonly #table: number;
  readonly #held = new Map<number, Held>();
  #count = 0;

  constructor(database: Database, table: number) {
    this.#database = database;
    this.#table = table;
    database.script(
      `CREATE TEMP TABLE IF NOT EXISTS staged_page (place INTEGER PRIMARY KEY, origin INTEGER, series INTEGER, stretch INTEGER, body BLOB);
       CREATE INDEX IF NOT EXISTS temp.staged_page_place ON staged_page (origin, series, stretch, place)`,
    );
    this.clear();
  }

  clear(): void {
    this.#database.run('DELETE FROM staged_page WHERE origin = ?', this.#table);
  }

  /** Inside a transaction. */
  add(reading: JournalReading, series: number): void {
    let held = this.#held.get(series);
    if (held === undefined) this.#held.set(series, (held = new Held()));
    held.add(reading);
    this.#count += 1 + (typeof reading.value === 'string' ? reading.value.length / CHARACTERS_AS_READING : 0);
    if (this.#count >= MOST_HELD) this.write();
  }

  write(): void {
    for (const [series, held] of this.#held) {
      for (const { stretch, body } of held.pages()) {
        this.#database.run(
          'INSERT INTO staged_page (origin, series, stretch, body) VALUES (?, ?, ?, ?)',
          this.#table,
          series,
          stretch,
          body,
        );
      }
    }
    this.#held.clear();
    this.#count = 0;
  }

  /** After `write`: takes out, part by part, readings that are too many for a page; they are better off in rows. */
  *takeCrowds(
    table: string,
    receivedAt: Instant,
  ): Generator<{ readonly series: number; readonly crowd: JournalReading[] }> {
    const crowds = this.#database.lists(
      `SELECT series, stretch FROM staged_page WHERE origin = ? GROUP BY series, stretch HAVING sum(length(body) - ${HEAD_BYTES}) > ${LARGEST_PAGE}`,
      this.#table,
    ) as [number, number][];
    for (const [series, stretch] of crowds) {
      for (;;) {
        const [part] = this.#database.lists(
          'SELECT place, body FROM staged_page WHERE origin = ? AND series = ? AND stretch = ? ORDER BY place LIMIT 1',
          this.#table,
          series,
          stretch,
        ) as [number, Uint8Array][];
        if (part === undefined) break;
        const [place, body] = part;
        this.#database.run('DELETE FROM staged_page WHERE place = ?', place);
        yield { series, crowd: readingsIn(body, { series: '', table, receivedAt }) };
      }
    }
  }

  /** After `write`: by series and stretch, one for each. */
  *pages(): Generator<DatedPage> {
    const table = this.#table;
    let last: readonly [number, number] = [-1, 0];
    for (;;) {
      const keys = this.#database.lists(
        `SELECT DISTINCT series, stretch FROM staged_page WHERE origin = ? AND (series, stretch) > (?, ?) ORDER BY series, stretch LIMIT ${PORTION}`,
        table,
        ...last,
      ) as [number, number][];
      for (const [series, stretch] of keys) yield { series, stretch, table, body: this.#body(series, stretch) };
      const end = keys.at(-1);
      if (end === undefined) return;
      last = end;
    }
  }

  #body(series: number, stretch: number): Uint8Array {
    const parts = this.#database
      .lists(
        'SELECT body FROM staged_page WHERE origin = ? AND series = ? AND stretch = ? ORDER BY place',
        this.#table,
        series,
        stretch,
      )
      .map(([body]) => body as Uint8Array);
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    return mergedBody(parts);
  }
}

/** Readings of one series: those that are bare in columns. */
class Held {
  readonly #at: number[] = [];
  readonly #value: number[] = [];
  readonly #others: JournalReading[] = [];
  #isSorted = true;

  add(reading: JournalReading): void {
    if (!isBare(reading)) {
      this.#others.push(reading);
      return;
    }
    const { at, value } = reading as { readonly at: number; readonly value: number };
    const last = this.#at.length - 1;
    if (last >= 0 && !isInOrder(this.#at[last] as number, this.#value[last] as number, at, value))
      this.#isSorted = false;
    this.#at.push(at);
    this.#value.push(value);
  }

  *pages(): Generator<Pick<DatedPage, 'stretch' | 'body'>> {
    const { at, value } = this.#columns();
    const others = Map.groupBy(this.#others, (reading) => stretchOf(reading.at));
    for (let from = 0; from < at.length;) {
      const stretch = stretchOf(at[from] as number);
      let to = from + 1;
      while (to < at.length && stretchOf(at[to] as number) === stretch) to += 1;
      const bare = bareBody({ at: at.subarray(from, to), value: value.subarray(from, to) });
      const beside = others.get(stretch);
      others.delete(stretch);
      yield { stretch, body: beside === undefined ? bare : bodyOf([...contentIn(bare), ...beside]) };
      from = to;
    }
    for (const [stretch, readings] of others) yield { stretch, body: bodyOf(readings) };
  }

  #columns(): BareColumns {
    const columns = { at: Float64Array.from(this.#at), value: Float64Array.from(this.#value) };
    return this.#isSorted ? columns : sortedColumns(columns);
  }
}

function isInOrder(at: number, value: number, nextAt: number, nextValue: number): boolean {
  return at < nextAt || (at === nextAt && value <= nextValue);
}
