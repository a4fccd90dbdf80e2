import { isSameReading } from '@dayfold/runtime';
import type { Instant, JournalReading, Touches } from '@dayfold/runtime';
import type { Database } from './database.ts';
import type { JournalTail } from './journal-tail.ts';
import { receiptsOf } from './kept-receipts.ts';
import { isPlain } from './packed-readings.ts';
import { COLUMNS, flagsOf, readingOf } from './reading-rows.ts';
import type { SeriesNumbers } from './series-numbers.ts';
import type { TouchedMarks } from './touched-marks.ts';

/** Puts readings into the journal and marks what they touch; inside a transaction. */
export class ReadingWriter {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #tail: JournalTail;
  readonly #touched: TouchedMarks;

  constructor(database: Database, series: SeriesNumbers, tail: JournalTail, touched: TouchedMarks) {
    this.#database = database;
    this.#series = series;
    this.#tail = tail;
    this.#touched = touched;
  }

  write(readings: readonly JournalReading[], touches: Touches): void {
    const plain: JournalReading[] = [];
    const series: number[] = [];
    for (const reading of readings) {
      if (!isPlain(reading)) {
        this.#store(reading, touches);
        continue;
      }
      plain.push(reading);
      series.push(this.#series.idOf(reading.series));
      this.#touched.add(touches(reading));
    }
    const receipts = receiptsOf(readings, (name) => this.#series.idOf(name));
    if (plain.length > 0 || receipts !== null) this.#tail.append(plain, series, receipts);
    this.#noteArrival(readings);
  }

  #store(reading: JournalReading, touches: Touches): void {
    const series = this.#series.idOf(reading.series);
    if (reading.id !== undefined) {
      const row = this.#database.get(`SELECT ${COLUMNS} FROM journal WHERE series = ? AND id = ?`, series, reading.id);
      if (row !== undefined) {
        const earlier = readingOf(row, reading.series);
        if (isSameReading(earlier, reading)) return;
        this.#database.run('DELETE FROM journal WHERE series = ? AND id = ?', series, reading.id);
        this.#touched.add(touches(earlier));
      }
    }
    this.#database.run(
      'INSERT INTO journal (series, at, start, date, value, flags, unit, id, origin, received) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      series,
      reading.at,
      reading.start ?? null,
      reading.date ?? null,
      typeof reading.value === 'boolean' ? Number(reading.value) : reading.value,
      flagsOf(reading),
      reading.unit ?? null,
      reading.id ?? null,
      reading.table ?? null,
      reading.receivedAt,
    );
    this.#touched.add(touches(reading));
  }

  #noteArrival(readings: readonly JournalReading[]): void {
    const latest = new Map<string, Instant>();
    let [name, source] = ['', ''];
    for (const { series, receivedAt } of readings) {
      if (series !== name) [name, source] = [series, this.#series.sourceOf(this.#series.idOf(series))];
      const known = latest.get(source);
      if (known === undefined || receivedAt > known) latest.set(source, receivedAt);
    }
    for (const [each, received] of latest) {
      this.#database.run(
        'INSERT INTO source_info (source, received) VALUES (?, ?) ON CONFLICT DO UPDATE SET received = max(received, excluded.received)',
        each,
        received,
      );
    }
  }
}
