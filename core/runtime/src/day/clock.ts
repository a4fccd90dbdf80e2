import { token } from '../kernel/token.ts';
import type { Instant } from './calendar.ts';

/** Time as a port. */
export interface Clock {
  now(): Instant;
  /** Milliseconds from an arbitrary start, never falling. */
  monotonic(): number;
  /** False while the clock shows a time that cannot be: before this release, or before what was stored last. */
  trusted(): boolean;
  /** Resolves after the delay; rejects with the signal's reason when it aborts. Delays of any length. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
export const Clock = token<Clock>('Clock');
