import type { Instant } from '@dayfold/runtime';
import type { Database } from '../database.ts';
import type { JournalTail } from './journal-tail.ts';

/**
 * When each source's readings came last. Of those in the tail it is told from the tail itself: a row that changed with every
 * commit would be a page more to write for each.
 */
export class ArrivalTimes {
  readonly #database: Database;
  readonly #tail: JournalTail;

  constructor(database: Database, tail: JournalTail) {
    this.#database = database;
    this.#tail = tail;
  }

  /** Inside a transaction: of readings that do not go to the tail, and of the tail before it is cleared. */
  keep(latest: ReadonlyMap<string, Instant>): void {
    for (const [source, received] of latest) {
      this.#database.run(
        'INSERT INTO source_info (source, received) VALUES (?, ?) ON CONFLICT DO UPDATE SET received = max(received, excluded.received)',
        source,
        received,
      );
    }
  }

  /** Of all sources, or of one. */
  latest(source?: string): Instant | undefined {
    const row = this.#database.get(
      'SELECT max(received) AS received FROM source_info WHERE ?1 IS NULL OR source = ?1',
      source ?? null,
    );
    const kept = (row?.['received'] ?? undefined) as Instant | undefined;
    const inTail = [...this.#tail.arrivals()].flatMap(([name, at]) =>
      source === undefined || name === source ? at : [],
    );
    return inTail.reduce<Instant | undefined>((latest, at) => Math.max(latest ?? at, at), kept);
  }
}
