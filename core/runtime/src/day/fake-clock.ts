import type { Instant } from './calendar.ts';
import type { Clock } from './clock.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A clock that a test moves. */
export class FakeClock implements Clock {
  isTrusted = true;
  #now: Instant;
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now: Instant) {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  trusted(): boolean {
    return this.isTrusted;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const abort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const sleeper: Sleeper = {
        at: this.#monotonic + ms,
        wake() {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Sets the wall clock alone, as a person or NTP would. */
  set(now: Instant): void {
    this.#now = now;
  }

  /** Lets time pass; who sleeps wakes in order and gets to run before time goes on. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settled();
    for (;;) {
      const next = [...this.#sleepers].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
      if (next === undefined) break;
      this.#pass(Math.max(0, next.at - this.#monotonic));
      this.#sleepers.delete(next);
      next.wake();
      await settled();
    }
    this.#pass(end - this.#monotonic);
  }

  #pass(ms: number): void {
    this.#monotonic += ms;
    this.#now += ms;
  }
}

/** Lets promises and immediates that are ready run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
