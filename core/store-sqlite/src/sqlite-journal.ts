import { readingKey } from '@dayfold/runtime';
import type { Instant, Journal, JournalReading, LocalDay, StorageEntry, Touches } from '@dayfold/runtime';
import type { MirrorResult, Value } from '@dayfold/sdk';
import type { Database } from './database.ts';
import type { TouchedMarks } from './touched-marks.ts';

/** Bits of `flags`. */
const ARRIVAL = 1;
const RETAINED = 2;
const BOOLEAN = 4;
const HOUR_MS = 3_600_000;
/** `flags` and `unit` after the promised order: readings that differ in them alone have a fixed order too. */
const ORDER = 'ORDER BY at, start, value, id, flags, unit, seq';
const ORDER_BACKWARDS = 'ORDER BY at DESC, start DESC, value DESC, id DESC, flags DESC, unit DESC, seq DESC';
/** Rows read or removed in one go; keeps memory flat. */
const PORTION = 1000;
/** What a source stored without acknowledging it stands among the rows stored last; further back nobody looks. */
const RECEIPTS_WITHIN = 200_000;
const COLUMNS = 'seq, series, at, start, date, value, flags, unit, id, receipt, origin, received';

/** The journal as one append-only table; series are numbered. */
export class SqliteJournal implements Journal {
  readonly #database: Database;
  readonly #touched: TouchedMarks;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #mirroring = new Map<string, Promise<unknown>>();

  constructor(database: Database, touched: TouchedMarks) {
    this.#database = database;
    this.#touched = touched;
    // The numbers given to new series are gone from the disk then.
    database.onRollback(() => {
      this.#ids.clear();
      this.#names.clear();
    });
  }

  async commit(readings: readonly JournalReading[], state: readonly StorageEntry[], touches: Touches): Promise<void> {
    this.#database.transaction(() => {
      for (const reading of readings) this.#store(reading, touches);
      this.#noteArrival(readings);
      for (const { source, key, value } of state) {
        this.#database.run(
          'INSERT OR REPLACE INTO plugin_storage VALUES (?, ?, ?)',
          source,
          key,
          JSON.stringify(value),
        );
      }
    });
  }

  async mirror(table: string, rows: AsyncIterable<readonly JournalReading[]>, touches: Touches): Promise<MirrorResult> {
    // Two passes over one table would mix their rows: the later waits.
    const earlier = this.#mirroring.get(table) ?? Promise.resolve();
    const pass = earlier.then(() => this.#mirrorNow(table, rows, touches));
    const settled = pass.catch(() => undefined);
    this.#mirroring.set(table, settled);
    try {
      return await pass;
    } finally {
      if (this.#mirroring.get(table) === settled) this.#mirroring.delete(table);
    }
  }

  async #mirrorNow(
    table: string,
    rows: AsyncIterable<readonly JournalReading[]>,
    touches: Touches,
  ): Promise<MirrorResult> {
    const database = this.#database;
    database.run(
      'CREATE TEMP TABLE IF NOT EXISTS staged (origin TEXT, series INTEGER, id TEXT, row TEXT, PRIMARY KEY (origin, series, id)) WITHOUT ROWID',
    );
    database.run('DELETE FROM staged WHERE origin = ?', table);
    try {
      for await (const batch of rows) {
        database.transaction(() => {
          for (const reading of batch) this.#stage(table, reading);
        });
      }
      return database.transaction(() => this.#settleMirror(table, touches));
    } finally {
      database.run('DELETE FROM staged WHERE origin = ?', table);
    }
  }

  async between(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND at < ? AND date IS NULL ${ORDER}`,
      this.#knownId(series),
      from,
      to,
    );
  }

  async overlapping(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND start IS NOT NULL AND start < ? AND at > ? ${ORDER}`,
      this.#knownId(series),
      to,
      from,
    );
  }

  async dated(series: string, date: LocalDay): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND date = ? ${ORDER}`,
      this.#knownId(series),
      date,
    );
  }

  async latestBefore(series: string, before: Instant, limit: number): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at < ? AND date IS NULL ${ORDER_BACKWARDS} LIMIT ?`,
      this.#knownId(series),
      before,
      limit,
    );
  }

  async firstFrom(series: string, from: Instant): Promise<JournalReading | undefined> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND date IS NULL ${ORDER} LIMIT 1`,
      this.#knownId(series),
      from,
    )[0];
  }

  async presence(series: string): Promise<{ readonly hours: readonly Instant[]; readonly dates: readonly LocalDay[] }> {
    const id = this.#knownId(series);
    const hours = this.#database.all(
      `SELECT DISTINCT at / ${HOUR_MS} AS hour FROM journal WHERE series = ? AND date IS NULL ORDER BY hour`,
      id,
    );
    const dates = this.#database.all(
      'SELECT DISTINCT date FROM journal WHERE series = ? AND date IS NOT NULL ORDER BY date',
      id,
    );
    return { hours: hours.map(({ hour }) => Number(hour) * HOUR_MS), dates: dates.map(({ date }) => date as LocalDay) };
  }

  async receipts(source: string, limit: number): Promise<readonly string[]> {
    return this.#database
      .all(
        `SELECT receipt FROM journal WHERE seq > (SELECT max(seq) FROM journal) - ${RECEIPTS_WITHIN} AND receipt IS NOT NULL
           AND series IN (SELECT id FROM series WHERE source = ?) ORDER BY seq DESC LIMIT ?`,
        source,
        limit,
      )
      .map(({ receipt }) => receipt as string);
  }

  async lastReceived(source?: string): Promise<Instant | undefined> {
    const row = this.#database.get(
      'SELECT max(received) AS received FROM source_info WHERE ?1 IS NULL OR source = ?1',
      source ?? null,
    );
    return (row?.['received'] ?? undefined) as Instant | undefined;
  }

  /** In portions, each its own transaction, so that readings that arrive meanwhile wait only shortly. */
  async prune(before: Instant, keep: ReadonlySet<string>): Promise<number> {
    let removed = 0;
    for (const { id } of this.#database.all('SELECT id FROM series')) {
      const series = Number(id);
      const name = this.#nameOf(series);
      let last: readonly [number, number] = [Number.MIN_SAFE_INTEGER, 0];
      for (;;) {
        const rows = this.#database.all(
          `SELECT at, seq, received, origin FROM journal WHERE series = ? AND at < ? AND (at, seq) > (?, ?) ORDER BY at, seq LIMIT ${PORTION}`,
          series,
          before,
          ...last,
        );
        const end = rows.at(-1);
        if (end === undefined) break;
        last = [Number(end['at']), Number(end['seq'])];
        const old = rows.filter(
          ({ at, received, origin }) =>
            Number(received) < before && origin === null && !keep.has(readingKey({ series: name, at: Number(at) })),
        );
        this.#database.transaction(() => {
          for (const { seq } of old) this.#database.run('DELETE FROM journal WHERE seq = ?', Number(seq));
        });
        removed += old.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    return removed;
  }

  #store(reading: JournalReading, touches: Touches): void {
    const series = this.#idOf(reading.series);
    if (reading.id !== undefined) {
      const [earlier] = this.#rows(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND id = ?`, series, reading.id);
      if (earlier !== undefined) {
        if (isSame(earlier, reading)) return;
        this.#database.run('DELETE FROM journal WHERE series = ? AND id = ?', series, reading.id);
        this.#touched.add(touches(earlier));
      }
    }
    this.#database.run(
      'INSERT INTO journal (series, at, start, date, value, flags, unit, id, receipt, origin, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      series,
      reading.at,
      reading.start ?? null,
      reading.date ?? null,
      typeof reading.value === 'boolean' ? Number(reading.value) : reading.value,
      flagsOf(reading),
      reading.unit ?? null,
      reading.id ?? null,
      reading.receipt ?? null,
      reading.table ?? null,
      reading.receivedAt,
    );
    this.#touched.add(touches(reading));
  }

  #stage(table: string, reading: JournalReading): void {
    const series = this.#idOf(reading.series);
    const known = this.#database.get(
      'SELECT seq FROM journal WHERE series = ? AND id = ? AND origin = ?',
      series,
      reading.id ?? null,
      table,
    );
    const same =
      known !== undefined &&
      this.#rows(`SELECT ${COLUMNS} FROM journal WHERE seq = ?`, Number(known['seq'])).every((row) =>
        isSame(row, reading),
      );
    this.#database.run(
      'INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?)',
      table,
      series,
      reading.id ?? null,
      same ? null : JSON.stringify(reading),
    );
  }

  #settleMirror(table: string, touches: Touches): MirrorResult {
    const database = this.#database;
    const missing = `SELECT ${COLUMNS} FROM journal WHERE origin = ?
      AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.origin = journal.origin AND staged.series = journal.series AND staged.id = journal.id)
      LIMIT ${PORTION}`;
    let withdrawn = 0;
    for (;;) {
      const gone = this.#rows(missing, table);
      for (const reading of gone) {
        this.#touched.add(touches(reading));
        database.run('DELETE FROM journal WHERE series = ? AND id = ?', this.#idOf(reading.series), reading.id ?? null);
      }
      withdrawn += gone.length;
      if (gone.length < PORTION) break;
    }
    let added = 0;
    let last: readonly [number, string] = [-1, ''];
    for (;;) {
      const rows = database.all(
        'SELECT series, id, row FROM staged WHERE origin = ? AND row IS NOT NULL AND (series, id) > (?, ?) ORDER BY series, id LIMIT 1000',
        table,
        ...last,
      );
      const readings = rows.map(({ row }) => JSON.parse(row as string) as JournalReading);
      for (const reading of readings) this.#store(reading, touches);
      this.#noteArrival(readings);
      added += rows.length;
      const end = rows.at(-1);
      if (end === undefined) break;
      last = [Number(end['series']), end['id'] as string];
    }
    const total = Number(database.get('SELECT count(*) AS n FROM staged WHERE origin = ?', table)?.['n']);
    return { added, withdrawn, unchanged: total - added };
  }

  #noteArrival(readings: readonly JournalReading[]): void {
    const latest = new Map<string, Instant>();
    for (const { series, receivedAt } of readings) {
      const source = sourceOf(series);
      latest.set(source, Math.max(receivedAt, latest.get(source) ?? receivedAt));
    }
    for (const [source, received] of latest) {
      this.#database.run(
        'INSERT INTO source_info (source, received) VALUES (?, ?) ON CONFLICT DO UPDATE SET received = max(received, excluded.received)',
        source,
        received,
      );
    }
  }

  /** Of a series that was never stored: a number no row has, so that asking writes nothing. */
  #knownId(series: string): number {
    const cached = this.#ids.get(series);
    if (cached !== undefined) return cached;
    const row = this.#database.get('SELECT id FROM series WHERE name = ?', series);
    if (row === undefined) return -1;
    const id = Number(row['id']);
    this.#ids.set(series, id);
    this.#names.set(id, series);
    return id;
  }

  #idOf(series: string): number {
    let id = this.#ids.get(series);
    if (id === undefined) {
      this.#database.run('INSERT OR IGNORE INTO series (name, source) VALUES (?, ?)', series, sourceOf(series));
      id = Number(this.#database.get('SELECT id FROM series WHERE name = ?', series)?.['id']);
      this.#ids.set(series, id);
      this.#names.set(id, series);
    }
    return id;
  }

  #nameOf(id: number): string {
    let name = this.#names.get(id);
    if (name === undefined) {
      name = String(this.#database.get('SELECT name FROM series WHERE id = ?', id)?.['name']);
      this.#names.set(id, name);
    }
    return name;
  }

  #rows(sql: string, ...values: (number | string | null)[]): JournalReading[] {
    return this.#database.all(sql, ...values).map((row) => {
      const flags = Number(row['flags']);
      return {
        series: this.#nameOf(Number(row['series'])),
        value: (flags & BOOLEAN) === 0 ? (row['value'] as Value) : row['value'] === 1,
        at: Number(row['at']),
        receivedAt: Number(row['received']),
        ...present('start', row['start']),
        ...present('date', row['date']),
        ...present('unit', row['unit']),
        ...present('id', row['id']),
        ...present('receipt', row['receipt']),
        ...present('table', row['origin']),
        ...((flags & ARRIVAL) === 0 ? {} : { arrival: true }),
        ...((flags & RETAINED) === 0 ? {} : { retained: true }),
      };
    });
  }
}

function sourceOf(series: string): string {
  return series.slice(0, series.indexOf('.'));
}

function flagsOf({ arrival, retained, value }: JournalReading): number {
  return (
    (arrival === true ? ARRIVAL : 0) | (retained === true ? RETAINED : 0) | (typeof value === 'boolean' ? BOOLEAN : 0)
  );
}

function isSame(left: JournalReading, right: JournalReading): boolean {
  return (
    left.at === right.at &&
    left.start === right.start &&
    left.date === right.date &&
    left.value === right.value &&
    left.unit === right.unit &&
    left.table === right.table &&
    left.retained === right.retained &&
    left.arrival === right.arrival
  );
}

function present<Key extends string>(key: Key, value: unknown): Partial<Record<Key, never>> {
  return value === null || value === undefined ? {} : ({ [key]: value } as Record<Key, never>);
}
