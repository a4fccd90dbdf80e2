/** A broker's window is hardly ever smaller; fewer waiting readings are no sign that one is full. */
const FEW = 16;
/** A pause of so many usual gaps means that nothing comes by itself any more. */
const GAPS = 8;
const SHORTEST_PAUSE_MS = 20;

/** The readings of one source that wait for a commit. Times are those of the monotonic clock. */
export class Lane {
  /** How many may wait; a broker sends nothing more until some are acknowledged. */
  window = 1;
  #count = 0;
  #first = 0;
  #last = 0;

  get isFull(): boolean {
    return this.#count >= this.window;
  }

  take(count: number, now: number): void {
    if (this.#count === 0) this.#first = now;
    this.#count += count;
    this.#last = now;
  }

  clear(): void {
    this.#count = 0;
  }

  /**
   * When what waits is to be stored at the latest: when the oldest is so old; or earlier, when many came and then nothing
   * more, for the broker may allow fewer in flight than it was thought to.
   */
  due(commitEveryMs: number): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY;
    const oldest = this.#first + commitEveryMs;
    if (this.#count < FEW) return oldest;
    const usualGapMs = (this.#last - this.#first) / (this.#count - 1);
    return Math.min(oldest, this.#last + Math.max(SHORTEST_PAUSE_MS, GAPS * usualGapMs));
  }
}
