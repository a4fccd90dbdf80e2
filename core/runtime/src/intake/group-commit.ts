import type { Clock } from '../day/clock.ts';
import type { StoreUnusable } from '../kernel/errors.ts';
import type { Journal, JournalReading, StorageEntry, Touches } from '../store/journal.ts';

interface Waiting {
  readonly source: string;
  readonly readings: readonly JournalReading[];
  readonly state: readonly StorageEntry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is held in memory at the most; above it a commit is made at once. */
const MOST_READINGS = 5000;
const RETRY_MS = 5000;

/**
 * Gathers batches into common transactions, since each costs a sync of the disk.
 *
 * A batch waits until its source has as many waiting as its window allows, until the oldest is `commitEveryMs` old, or
 * until many readings wait; then all that wait are stored together and every promise resolves. While the disk is full or
 * read-only the batches stay and are tried again: nothing is acknowledged, nothing is dropped.
 */
export class GroupCommit {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #touches: Touches;
  readonly #onTrouble: (error: unknown) => void;
  readonly #windows = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #commitEveryMs: number;
  #waiting: Waiting[] = [];
  #readings = 0;
  #running: Promise<void> | undefined;
  #timer: AbortController | undefined;

  constructor(
    journal: Journal,
    clock: Clock,
    touches: Touches,
    commitEveryMs: number,
    onTrouble: (error: unknown) => void,
  ) {
    this.#journal = journal;
    this.#clock = clock;
    this.#touches = touches;
    this.#commitEveryMs = commitEveryMs;
    this.#onTrouble = onTrouble;
  }

  set commitEveryMs(ms: number) {
    this.#commitEveryMs = ms;
  }

  window(source: string, size: number): void {
    this.#windows.set(source, Math.max(1, size));
  }

  add(source: string, readings: readonly JournalReading[], state: readonly StorageEntry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ source, readings, state, resolve, reject });
      this.#readings += readings.length;
      const count = (this.#counts.get(source) ?? 0) + 1;
      this.#counts.set(source, count);
      if (count >= (this.#windows.get(source) ?? 1) || this.#readings >= MOST_READINGS) this.#soon();
      else this.#later(this.#commitEveryMs);
    });
  }

  /** Stores what waits now. */
  async flush(): Promise<void> {
    await this.#running;
    if (this.#waiting.length > 0) await this.#run();
  }

  #soon(): void {
    if (this.#running !== undefined) return;
    this.#running = new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#commitWaiting());
  }

  #run(): Promise<void> {
    this.#running ??= this.#commitWaiting();
    return this.#running;
  }

  #later(ms: number): void {
    if (this.#timer !== undefined) return;
    const timer = new AbortController();
    this.#timer = timer;
    this.#clock.sleep(ms, timer.signal).then(
      () => {
        this.#timer = undefined;
        this.#soon();
      },
      () => undefined,
    );
  }

  async #commitWaiting(): Promise<void> {
    this.#timer?.abort();
    this.#timer = undefined;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#readings = 0;
    this.#counts.clear();
    try {
      await this.#journal.commit(
        batch.flatMap((entry) => entry.readings),
        batch.flatMap((entry) => entry.state),
        this.#touches,
      );
      for (const entry of batch) entry.resolve();
    } catch (error) {
      this.#onTrouble(error);
      if (!isPassing(error)) for (const entry of batch) entry.reject(error);
      else {
        this.#waiting = [...batch, ...this.#waiting];
        this.#readings += batch.reduce((sum, entry) => sum + entry.readings.length, 0);
        this.#later(RETRY_MS);
      }
    } finally {
      this.#running = undefined;
    }
    if (this.#timer === undefined && this.#waiting.length > 0) this.#soon();
  }
}

function isPassing(error: unknown): boolean {
  const code = (error as Partial<StoreUnusable>).code;
  return code === 'store.full' || code === 'store.readonly';
}
