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
const ORDER = 'ORDER BY at, start, value, id, seq';
const COLUMNS = 'seq, series, at, start, date, value, flags, unit, id, receipt, origin, received';

/** The journal as one append-only table; series are numbered. */
export class SqliteJournal implements Journal {
  readonly #database: Database;
  readonly #touched: TouchedMarks;
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(database: Database, touched: TouchedMarks) {
    this.#database = database;
    this.#touched = touched;
  }

  async commit(readings: readonly JournalReading[], state: readonly StorageEntry[], touches: Touches): Promise<void> {
    this.#atomic(() => {
      for (const reading of readings) this.#store(reading, touches);
      for (const { source, key, value } of state) {
        this.#database.run('INSERT OR REPLACE INTO plugin_storage VALUES (?, ?, ?)', source, key, JSON.stringify(value));
      }
    });
  }

  async mirror(table: string, rows: AsyncIterable<readonly JournalReading[]>, touches: Touches): Promise<MirrorResult> {
    const database = this.#database;
    database.run('CREATE TEMP TABLE IF NOT EXISTS staged (origin TEXT, series INTEGER, id TEXT, row TEXT, PRIMARY KEY (origin, series, id)) WITHOUT ROWID');
    database.run('DELETE FROM staged WHERE origin = ?', table);
    try {
      for await (const batch of rows) {
        this.#atomic(() => {
          for (const reading of batch) this.#stage(table, reading);
        });
      }
      return this.#atomic(() => this.#settleMirror(table, touches));
    } finally {
      database.run('DELETE FROM staged WHERE origin = ?', table);
    }
  }

  async between(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#rows(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND at < ? AND date IS NULL ${ORDER}`, this.#idOf(series), from, to);
  }

  async overlapping(series: string, from: Instant, to: Instant): Promise<readonly JournalReading[]> {
    return this.#rows(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND start IS NOT NULL AND start < ? AND at > ? ${ORDER}`, this.#idOf(series), to, from);
  }

  async dated(series: string, date: LocalDay): Promise<readonly JournalReading[]> {
    return this.#rows(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND date = ? ${ORDER}`, this.#idOf(series), date);
  }

  async latestBefore(series: string, before: Instant, limit: number): Promise<readonly JournalReading[]> {
    return this.#rows(
      `SELECT ${COLUMNS} FROM journal WHERE series = ? AND at < ? AND date IS NULL ORDER BY at DESC, start DESC, value DESC, id DESC, seq DESC LIMIT ?`,
      this.#idOf(series),
      before,
      limit,
    );
  }

  async firstFrom(series: string, from: Instant): Promise<JournalReading | undefined> {
    return this.#rows(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND at >= ? AND date IS NULL ${ORDER} LIMIT 1`, this.#idOf(series), from)[0];
  }

  async presence(series: string): Promise<{ readonly hours: readonly Instant[]; readonly dates: readonly LocalDay[] }> {
    const id = this.#idOf(series);
    const hours = this.#database.all(`SELECT DISTINCT at / ${HOUR_MS} AS hour FROM journal WHERE series = ? AND date IS NULL ORDER BY hour`, id);
    const dates = this.#database.all('SELECT DISTINCT date FROM journal WHERE series = ? AND date IS NOT NULL ORDER BY date', id);
    return { hours: hours.map(({ hour }) => Number(hour) * HOUR_MS), dates: dates.map(({ date }) => date as LocalDay) };
  }

  async receipts(source: string, limit: number): Promise<readonly string[]> {
    return this.#database
      .all(
        'SELECT receipt FROM journal JOIN series ON series.id = journal.series WHERE source = ? AND receipt IS NOT NULL ORDER BY seq DESC LIMIT ?',
        source,
        limit,
      )
      .map(({ receipt }) => receipt as string);
  }

  async lastReceived(source?: string): Promise<Instant | undefined> {
    const row =
      source === undefined
        ? this.#database.get('SELECT received FROM journal ORDER BY seq DESC LIMIT 1')
        : this.#database.get(
            'SELECT received FROM journal JOIN series ON series.id = journal.series WHERE source = ? ORDER BY seq DESC LIMIT 1',
            source,
          );
    return row?.['received'] as Instant | undefined;
  }

  async prune(before: Instant, keep: ReadonlySet<string>): Promise<number> {
    return this.#atomic(() => {
      const old = this.#database.all('SELECT seq, series, at FROM journal WHERE at < ? AND received < ? AND origin IS NULL', before, before);
      const gone = old.filter(({ series, at }) => !keep.has(readingKey({ series: this.#nameOf(Number(series)), at: Number(at) })));
      for (const { seq } of gone) this.#database.run('DELETE FROM journal WHERE seq = ?', Number(seq));
      return gone.length;
    });
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
    const known = this.#database.get('SELECT seq FROM journal WHERE series = ? AND id = ? AND origin = ?', series, reading.id ?? null, table);
    const same = known !== undefined && this.#rows(`SELECT ${COLUMNS} FROM journal WHERE seq = ?`, Number(known['seq'])).every((row) => isSame(row, reading));
    this.#database.run('INSERT OR REPLACE INTO staged VALUES (?, ?, ?, ?)', table, series, reading.id ?? null, same ? null : JSON.stringify(reading));
  }

  #settleMirror(table: string, touches: Touches): MirrorResult {
    const database = this.#database;
    const missing = `origin = ? AND NOT EXISTS (SELECT 1 FROM staged WHERE staged.origin = journal.origin AND staged.series = journal.series AND staged.id = journal.id)`;
    const withdrawn = this.#rows(`SELECT ${COLUMNS} FROM journal WHERE ${missing}`, table);
    for (const reading of withdrawn) this.#touched.add(touches(reading));
    if (withdrawn.length > 0) database.run(`DELETE FROM journal WHERE ${missing}`, table);
    let added = 0;
    let last: readonly [number, string] = [-1, ''];
    for (;;) {
      const rows = database.all(
        'SELECT series, id, row FROM staged WHERE origin = ? AND row IS NOT NULL AND (series, id) > (?, ?) ORDER BY series, id LIMIT 1000',
        table,
        ...last,
      );
      for (const { row } of rows) this.#store(JSON.parse(row as string) as JournalReading, touches);
      added += rows.length;
      const end = rows.at(-1);
      if (end === undefined) break;
      last = [Number(end['series']), end['id'] as string];
    }
    const total = Number(database.get('SELECT count(*) AS n FROM staged WHERE origin = ?', table)?.['n']);
    return { added, withdrawn: withdrawn.length, unchanged: total - added };
  }

  /** After a failure the numbers given to new series and the marks set in memory are no longer what the disk has. */
  #atomic<T>(work: () => T): T {
    try {
      return this.#database.transaction(work);
    } catch (error) {
      this.#ids.clear();
      this.#names.clear();
      this.#touched.forget();
      throw error;
    }
  }

  #idOf(series: string): number {
    let id = this.#ids.get(series);
    if (id === undefined) {
      const source = series.slice(0, series.indexOf('.'));
      this.#database.run('INSERT OR IGNORE INTO series (name, source) VALUES (?, ?)', series, source);
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

function flagsOf({ arrival, retained, value }: JournalReading): number {
  return (arrival === true ? ARRIVAL : 0) | (retained === true ? RETAINED : 0) | (typeof value === 'boolean' ? BOOLEAN : 0);
}

function isSame(left: JournalReading, right: JournalReading): boolean {
  return (
    left.at === right.at &&
    left.start === right.start &&
    left.date === right.date &&
    left.value === right.value &&
    left.unit === right.unit &&
    left.table === right.table
  );
}

function present<Key extends string>(key: Key, value: unknown): Partial<Record<Key, never>> {
  return value === null || value === undefined ? {} : ({ [key]: value } as Record<Key, never>);
}
