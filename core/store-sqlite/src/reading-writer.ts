import type { Instant, JournalReading, Touches } from '@dayfold/runtime';
import type { Database } from './database.ts';
import { COLUMNS, flagsOf, isSame, readingOf } from './reading-rows.ts';
import { sourceOf } from './series-numbers.ts';
import type { SeriesNumbers } from './series-numbers.ts';
import type { TouchedMarks } from './touched-marks.ts';

/** Puts readings into the journal and marks what they touch; inside a transaction. */
export class ReadingWriter {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #touched: TouchedMarks;

  constructor(database: Database, series: SeriesNumbers, touched: TouchedMarks) {
    this.#database = database;
    this.#series = series;
    this.#touched = touched;
  }

  write(readings: readonly JournalReading[], touches: Touches): void {
    for (const reading of readings) this.#store(reading, touches);
    this.#noteArrival(readings);
  }

  #store(reading: JournalReading, touches: Touches): void {
    const series = this.#series.idOf(reading.series);
    if (reading.id !== undefined) {
      const row = this.#database.get(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND id = ?`, series, reading.id);
      if (row !== undefined) {
        const earlier = readingOf(row, reading.series);
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
}
