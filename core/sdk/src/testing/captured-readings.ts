import type { Reading } from '../reading.ts';
import type { JsonValue, MirrorResult, Readings, Storage } from '../services.ts';

/**
 * Keeps what a source emits.
 *
 * Everything is durable at once, until `hold()`: then `emit` and the end of `mirror` wait for `release()`, or fail with
 * what `fail()` was given.
 */
export class CapturedReadings implements Readings {
  /** Every reading handed to `emit`, in order, once durable. */
  readonly emitted: Reading[] = [];
  /** The rows of each mirrored table as they stand now. */
  readonly tables = new Map<string, readonly Reading[]>();
  /** How often each table was mirrored to its end. */
  readonly mirrored: { readonly table: string; readonly result: MirrorResult }[] = [];
  windowSize = 1;
  readonly #storage: Storage;
  #gate: PromiseWithResolvers<void> | undefined;
  /** How many readings handed to `emit` wait for `release()`; the end of a `mirror` counts as one. */
  held = 0;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** What a journal would hold: emitted readings, the last of each id, and all tables. */
  get stored(): readonly Reading[] {
    const byId = new Map<string, Reading>();
    for (const [index, reading] of this.emitted.entries()) {
      byId.set(reading.id === undefined ? `#${index}` : `${reading.series}\n${reading.id}`, reading);
    }
    return [...byId.values(), ...[...this.tables.values()].flat()];
  }

  hold(): void {
    if (this.#gate !== undefined) return;
    this.#gate = Promise.withResolvers();
    // A failure nobody waits for is no failure of the test.
    this.#gate.promise.catch(() => undefined);
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  fail(error: Error): void {
    this.#gate?.reject(error);
    this.#gate = undefined;
  }

  async emit(batch: readonly Reading[], state: Readonly<Record<string, JsonValue>> = {}): Promise<void> {
    const copy = batch.map(checked);
    await this.#pass(copy.length);
    this.emitted.push(...copy);
    for (const [key, value] of Object.entries(state)) await this.#storage.set(key, value);
  }

  async mirror(table: string, rows: AsyncIterable<readonly Reading[]>): Promise<MirrorResult> {
    const next: Reading[] = [];
    for await (const batch of rows) next.push(...batch.map(checked));
    await this.#pass(1);
    const before = countsOf(this.tables.get(table) ?? []);
    let unchanged = 0;
    for (const [key, count] of countsOf(next)) unchanged += Math.min(count, before.get(key) ?? 0);
    const result = {
      added: next.length - unchanged,
      withdrawn: (this.tables.get(table)?.length ?? 0) - unchanged,
      unchanged,
    };
    this.tables.set(table, next);
    this.mirrored.push({ table, result });
    return result;
  }

  async #pass(readings: number): Promise<void> {
    this.held += readings;
    try {
      await this.#gate?.promise;
    } finally {
      this.held -= readings;
    }
  }

  window(size: number): void {
    this.windowSize = size;
  }

  receipts(limit: number): Promise<readonly number[]> {
    const receipts = this.emitted.map(({ receipt }) => receipt).filter((receipt) => receipt !== undefined);
    return Promise.resolve(receipts.toReversed().slice(0, limit));
  }
}

/** Throws where the real host would refuse: readings are plain data with a series and at most one place in time. */
function checked(reading: Reading): Reading {
  if (typeof reading.series !== 'string' || reading.series === '')
    throw new Error('a reading needs the name of its series');
  const places = [reading.time, reading.start ?? reading.end, reading.date].filter((place) => place !== undefined);
  if (places.length > 1)
    throw new Error(`a reading of ${reading.series} is placed by more than one of time, span and date`);
  return structuredClone(reading);
}

function countsOf(readings: readonly Reading[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const reading of readings) {
    const key = JSON.stringify(reading);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
