import type { Clock } from '../day/clock.ts';
import { isPassing } from '../kernel/errors.ts';
import type { Journal, JournalReading, StorageEntry, Touches } from '../store/journal.ts';
import { Lane } from './lane.ts';

interface Waiting {
  readonly source: string;
  readonly readings: readonly JournalReading[];
  readonly state: readonly StorageEntry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Waiting readings that start a commit by themselves. */
const MANY = 5000;
/** What is held while the disk takes nothing; beyond it a source is told to try again later. */
export const MOST_HELD = 50_000;
const RETRY_MS = 5000;

/**
 * Gathers batches into common commits, since each costs a sync of the disk.
 *
 * - *gathering*: a batch waits until its source's lane is full, until the oldest in a lane has waited long enough (`Lane`
 *   says how long), or until many readings wait.
 * - *committing*: at the end of the turn of the event loop all that waits is stored in one commit, and every promise
 *   resolves. Of a commit that fails for the sake of one batch the others are stored each by itself.
 * - *in trouble*: the disk is full or read-only. Everything stays and is tried again after a while: nothing is
 *   acknowledged, nothing is dropped. What comes beyond a bound is refused, for whoever sent it to send again.
 */
export class GroupCommit {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #touches: Touches;
  readonly #onTrouble: (error: unknown) => void;
  readonly #lanes = new Map<string, Lane>();
  #commitEveryMs: number;
  #waiting: Waiting[] = [];
  #readings = 0;
  #running: Promise<void> | undefined;
  #timer: { readonly at: number; readonly abort: AbortController } | undefined;
  #trouble: unknown;

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

  /** Why the disk takes nothing at present. */
  get trouble(): unknown {
    return this.#trouble;
  }

  set commitEveryMs(ms: number) {
    this.#commitEveryMs = ms;
  }

  window(source: string, size: number): void {
    this.#laneOf(source).window = Math.max(1, size);
    if (this.#isFull()) this.#soon();
  }

  add(source: string, readings: readonly JournalReading[], state: readonly StorageEntry[]): Promise<void> {
    if (this.#trouble !== undefined && this.#readings + readings.length > MOST_HELD)
      return Promise.reject(this.#trouble as Error);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ source, readings, state, resolve, reject });
      this.#readings += readings.length;
      const lane = this.#laneOf(source);
      lane.take(Math.max(1, readings.length), this.#clock.monotonic());
      if (lane.isFull || this.#readings >= MANY) this.#soon();
      else this.#wakeAt(lane.due(this.#commitEveryMs));
    });
  }

  /** Stores what waits now. */
  async flush(): Promise<void> {
    await this.#running;
    if (this.#waiting.length === 0) return;
    this.#running ??= this.#commit();
    await this.#running;
  }

  #laneOf(source: string): Lane {
    let lane = this.#lanes.get(source);
    if (lane === undefined) this.#lanes.set(source, (lane = new Lane()));
    return lane;
  }

  #isFull(): boolean {
    return this.#readings >= MANY || [...this.#lanes.values()].some(({ isFull }) => isFull);
  }

  #soon(): void {
    if (this.#trouble !== undefined) return;
    this.#running ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#commit());
  }

  /** A timer that comes early does no harm, and setting it anew for each batch would cost more than it saves. */
  #wakeAt(at: number): void {
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.abort.abort();
    const timer = { at, abort: new AbortController() };
    this.#timer = timer;
    // Whole milliseconds: a sleep that ends a fraction early would be asked for again and again.
    this.#clock.sleep(Math.max(0, Math.ceil(at - this.#clock.monotonic())), timer.abort.signal).then(
      () => {
        this.#timer = undefined;
        this.#look();
      },
      () => undefined,
    );
  }

  #look(): void {
    if (this.#waiting.length === 0) return;
    const due = Math.min(...[...this.#lanes.values()].map((lane) => lane.due(this.#commitEveryMs)));
    if (this.#trouble === undefined && due - this.#clock.monotonic() >= 1) this.#wakeAt(due);
    else this.#running ??= this.#commit();
  }

  async #commit(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#readings = 0;
    for (const lane of this.#lanes.values()) lane.clear();
    try {
      await this.#store(batch);
      if (this.#trouble !== undefined) this.#onTrouble(undefined);
      this.#trouble = undefined;
    } catch (error) {
      this.#hold(batch, error);
    } finally {
      this.#running = undefined;
    }
    // In trouble the timer is set already.
    if (this.#waiting.length === 0 || this.#trouble !== undefined) return;
    if (this.#isFull()) this.#soon();
    else this.#look();
  }

  /** Throws what time may mend; what it will not is told to the batch whose fault it is. */
  async #store(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#journal.commit(
        batch.flatMap(({ readings }) => readings),
        batch.flatMap(({ state }) => state),
        this.#touches,
      );
    } catch (error) {
      if (isPassing(error)) throw error;
      const [only] = batch;
      if (batch.length > 1) for (const each of batch) await this.#store([each]);
      else only?.reject(error);
      return;
    }
    for (const { resolve } of batch) resolve();
  }

  #hold(batch: readonly Waiting[], error: unknown): void {
    this.#onTrouble(error);
    this.#trouble = error;
    this.#waiting = [...batch, ...this.#waiting];
    this.#readings = this.#waiting.reduce((sum, { readings }) => sum + readings.length, 0);
    this.#timer?.abort.abort();
    this.#timer = undefined;
    this.#wakeAt(this.#clock.monotonic() + RETRY_MS);
  }
}
