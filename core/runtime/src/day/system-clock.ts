import type { Instant } from './calendar.ts';
import type { Clock } from './clock.ts';

/** Nothing was observed before this was written; a board without a battery wakes up in 1970. */
const RELEASED = Date.UTC(2026, 0, 1);
/** How far the clock may be set back without losing trust. */
const TOLERANCE_MS = 24 * 3_600_000;
/** What was stored may be what is wrong: a clock that has run for so long, with a time service or without, is taken as set. */
const BELIEVED_AFTER_MS = 24 * 3_600_000;
/** setTimeout takes 31 bits; longer delays would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export class SystemClock implements Clock {
  /** The time of the newest thing stored: a clock well before it is wrong. */
  notBefore: Instant;

  constructor(notBefore: Instant = RELEASED) {
    this.notBefore = notBefore;
  }

  now(): Instant {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  trusted(): boolean {
    const now = Date.now();
    return now >= RELEASED && (now >= this.notBefore - TOLERANCE_MS || performance.now() >= BELIEVED_AFTER_MS);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    let left = ms;
    while (left > LONGEST_TIMER_MS) {
      await pause(LONGEST_TIMER_MS, signal);
      left -= LONGEST_TIMER_MS;
    }
    await pause(left, signal);
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
