import { isSameReading } from '@dayfold/runtime';
import type { Instant, JournalReading, Touches } from '@dayfold/runtime';
import { isPlain } from '../bodies/packed-readings.ts';
import { COLUMNS } from '../bodies/reading-rows.ts';
import type { ReadingRows } from '../bodies/reading-rows.ts';
import type { Database } from '../database.ts';
import type { TouchedMarks } from '../days/touched-marks.ts';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';
import type { ArrivalTimes } from '../tail/arrival-times.ts';
import type { JournalTail } from '../tail/journal-tail.ts';

/** Puts readings into the journal and marks what they touch. */
export class ReadingWriter {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #tail: JournalTail;
  readonly #arrivals: ArrivalTimes;
  readonly #touched: TouchedMarks;
  readonly #rows: ReadingRows;

  constructor(
    database: Database,
    series: SeriesNumbers,
    rows: ReadingRows,
    tail: JournalTail,
    arrivals: ArrivalTimes,
    touched: TouchedMarks,
  ) {
    this.#database = database;
    this.#series = series;
    this.#rows = rows;
    this.#tail = tail;
    this.#arrivals = arrivals;
    this.#touched = touched;
  }

  /**
   * Without a transaction, durable once it returns. False, with nothing done, where the database has to know something too: a
   * reading that is more than plain, a new series, or a day that is not marked yet.
   */
  appendToFile(readings: readonly JournalReading[], touches: Touches): boolean {
    if (!this.#tail.hasFile || readings.length === 0) return false;
    const numbers: number[] = [];
    const receipts: number[] = [];
    for (const reading of readings) {
      const id = this.#series.knownFor(reading);
      if (id === -1 || !isPlain(reading) || !this.#touched.has(touches(reading))) return false;
      numbers.push(id);
      if (reading.receipt !== undefined) receipts.push(id, reading.receipt);
    }
    this.#tail.appendToFile(readings, numbers, receipts);
    return true;
  }

  /** Inside a transaction. */
  write(readings: readonly JournalReading[], touches: Touches): void {
    const plain: JournalReading[] = [];
    const numbers: number[] = [];
    const receipts: number[] = [];
    const arrivals = new Map<string, Instant>();
    for (const reading of readings) {
      const id = this.#series.idFor(reading);
      if (reading.receipt !== undefined) receipts.push(id, reading.receipt);
      if (isPlain(reading)) {
        plain.push(reading);
        numbers.push(id);
        this.#touched.add(touches(reading));
        continue;
      }
      this.#store(reading, id, touches);
      const source = this.#series.sourceOf(id);
      arrivals.set(source, Math.max(reading.receivedAt, arrivals.get(source) ?? reading.receivedAt));
    }
    if (plain.length > 0 || receipts.length > 0) this.#tail.append(plain, numbers, receipts);
    this.#arrivals.keep(arrivals);
    this.#touched.write();
  }

  #store(reading: JournalReading, series: number, touches: Touches): void {
    if (!this.#insert(reading, series)) {
      // Its id is known: the newer one takes the place of the earlier one.
      const [row] = this.#database.lists(
        `SELECT ${COLUMNS} FROM journal WHERE series = ? AND id = ?`,
        series,
        reading.id ?? null,
      );
      const earlier = row && this.#rows.readingOf(row);
      if (earlier === undefined || isSameReading(earlier, reading)) return;
      this.#database.run('DELETE FROM journal WHERE series = ? AND id = ?', series, reading.id ?? null);
      this.#touched.add(touches(earlier));
      this.#insert(reading, series);
    }
    this.#touched.add(touches(reading));
  }

  /** False where the series has a reading of this id. */
  #insert(reading: JournalReading, series: number): boolean {
    const { changes } = this.#database.run(
      `INSERT INTO journal (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (series, id) WHERE id IS NOT NULL DO NOTHING`,
      ...this.#rows.rowOf(reading, series),
    );
    return changes > 0;
  }
}
