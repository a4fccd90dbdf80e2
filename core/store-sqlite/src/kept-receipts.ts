import type { JournalReading } from '@dayfold/runtime';
import type { Database } from './database.ts';
import type { SeriesNumbers } from './series-numbers.ts';

/** Of a source; what it stored without acknowledging it is among its latest. */
const KEPT = 8000;

/** Pairs of series and receipt, f64 each, in the order of arrival; null for none. */
export function receiptsOf(
  readings: readonly JournalReading[],
  numberOf: (series: string) => number,
): Uint8Array | null {
  const pairs: number[] = [];
  for (const { series, receipt } of readings) if (receipt !== undefined) pairs.push(numberOf(series), receipt);
  return pairs.length === 0 ? null : new Uint8Array(Float64Array.from(pairs).buffer);
}

/** Receipts of the readings stored last, source by source: in the tail with their readings, and here when those moved on. */
export class KeptReceipts {
  readonly #database: Database;
  readonly #series: SeriesNumbers;

  constructor(database: Database, series: SeriesNumbers) {
    this.#database = database;
    this.#series = series;
  }

  /** Newest first. */
  latest(source: string, limit: number): readonly number[] {
    const kept = this.#kept(source);
    return [...kept, ...(this.#inTail().get(source) ?? [])].toReversed().slice(0, limit);
  }

  /** Before the tail is cleared, in the same transaction. */
  keep(): void {
    for (const [source, receipts] of this.#inTail()) {
      const body = Float64Array.from([...this.#kept(source), ...receipts].slice(-KEPT));
      this.#database.run('INSERT OR REPLACE INTO receipt VALUES (?, ?)', source, new Uint8Array(body.buffer));
    }
  }

  #kept(source: string): readonly number[] {
    const body = this.#database.get('SELECT body FROM receipt WHERE source = ?', source)?.['body'];
    return body instanceof Uint8Array ? numbersIn(body) : [];
  }

  #inTail(): Map<string, number[]> {
    const bySource = new Map<string, number[]>();
    for (const { receipts } of this.#database.all(
      'SELECT receipts FROM journal_tail WHERE receipts IS NOT NULL ORDER BY seq',
    )) {
      const pairs = numbersIn(receipts as Uint8Array);
      for (let index = 0; index + 1 < pairs.length; index += 2) {
        const source = this.#series.sourceOf(pairs[index] as number);
        const list = bySource.get(source);
        if (list === undefined) bySource.set(source, [pairs[index + 1] as number]);
        else list.push(pairs[index + 1] as number);
      }
    }
    return bySource;
  }
}

function numbersIn(body: Uint8Array): readonly number[] {
  const bytes = body.byteOffset % 8 === 0 ? body : body.slice();
  return Array.from(new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 8)));
}
