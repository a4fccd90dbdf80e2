import type { Database } from '../database.ts';
import type { SeriesNumbers } from '../numbers/series-numbers.ts';
import type { JournalTail } from './journal-tail.ts';
import { numbersIn } from './receipt-pairs.ts';

/** Of a source; what it stored without acknowledging it is among its latest. */
const KEPT = 8000;

/** Receipts of the readings stored last, source by source, newest first: in the tail with their readings, and here when those moved on. */
export class KeptReceipts {
  readonly #database: Database;
  readonly #series: SeriesNumbers;
  readonly #tail: JournalTail;

  constructor(database: Database, series: SeriesNumbers, tail: JournalTail) {
    this.#database = database;
    this.#series = series;
    this.#tail = tail;
  }

  /** Newest first. */
  latest(source: string, limit: number): readonly number[] {
    return [...(this.#inTail().get(source) ?? []), ...this.#kept(source)].slice(0, limit);
  }

  /** Before the tail is cleared, in the same transaction. */
  keep(): void {
    for (const [source, receipts] of this.#inTail()) {
      const body = Float64Array.from([...receipts, ...this.#kept(source)].slice(0, KEPT));
      this.#database.run('INSERT OR REPLACE INTO receipt VALUES (?, ?)', source, new Uint8Array(body.buffer));
    }
  }

  #kept(source: string): readonly number[] {
    const body = this.#database.get('SELECT body FROM receipt WHERE source = ?', source)?.['body'];
    return body instanceof Uint8Array ? Array.from(numbersIn(body)) : [];
  }

  /** Of each source the newest, newest first. */
  #inTail(): Map<string, number[]> {
    const bySource = new Map<string, number[]>();
    for (const receipts of this.#tail.receipts()) {
      const pairs = numbersIn(receipts);
      for (let index = pairs.length - 2; index >= 0; index -= 2) {
        const source = this.#series.sourceOf(pairs[index] as number);
        const list = bySource.get(source);
        if (list === undefined) bySource.set(source, [pairs[index + 1] as number]);
        else if (list.length < KEPT) list.push(pairs[index + 1] as number);
      }
    }
    return bySource;
  }
}
