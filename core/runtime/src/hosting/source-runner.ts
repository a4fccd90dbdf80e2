import type { Source } from '@dayfold/sdk';
import type { Instant } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import type { SourceState } from './source-status.ts';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** How long a source may take to stop before it is left behind. */
const STOP_LIMIT_MS = 5000;

export interface RunnerEvents {
  state(state: SourceState, message: string | undefined, nextAttempt: Instant | undefined): void;
}

/**
 * Keeps one source alive.
 *
 * `starting`: `start` was called. It leaves to `running` when start resolves, to `retrying` when it throws (backoff with
 * full jitter, never given up), to `login required` or `invalid` when the error says so; a login is tried again every
 * five minutes, an invalid configuration is not. `stopping` begins when the outer signal aborts; `stop` is bounded.
 */
export class SourceRunner {
  readonly #build: () => Source;
  readonly #clock: Clock;
  readonly #events: RunnerEvents;
  readonly #random: () => number;
  readonly #abort = new AbortController();
  #source: Source | undefined;
  #done: Promise<void> | undefined;

  constructor(build: () => Source, clock: Clock, events: RunnerEvents, random: () => number) {
    this.#build = build;
    this.#clock = clock;
    this.#events = events;
    this.#random = random;
  }

  start(): void {
    this.#done ??= this.#keepAlive();
  }

  async stop(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#events.state('stopping', undefined, undefined);
    this.#abort.abort(new Error('the source is stopped'));
    const limit = new AbortController();
    const late = this.#clock.sleep(STOP_LIMIT_MS, limit.signal).catch(() => undefined);
    const stopped = (async () => {
      await this.#done;
      await this.#source?.stop?.();
    })().catch(() => undefined);
    await Promise.race([stopped, late]);
    limit.abort();
  }

  async #keepAlive(): Promise<void> {
    const { signal } = this.#abort;
    for (let failures = 0; !signal.aborted;) {
      this.#events.state('starting', undefined, undefined);
      try {
        this.#source = this.#build();
        await this.#source.start(signal);
        if (!signal.aborted) this.#events.state('running', undefined, undefined);
        return;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const delayMs = this.#afterFailure(error, failures);
        await Promise.resolve(this.#source?.stop?.()).catch(() => undefined);
        if (delayMs === undefined) return;
        await this.#clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  /** Milliseconds until the next attempt; undefined when trying again is useless. */
  #afterFailure(error: unknown, failures: number): number | undefined {
    const { code, message, retryAfterMs } = error as { code?: string; message?: string; retryAfterMs?: number };
    const text = message ?? String(error);
    if (code === 'plugin.config_invalid') {
      this.#events.state('invalid', text, undefined);
      return undefined;
    }
    const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures, 20));
    const isLogin = code === 'plugin.login_required';
    const delayMs = isLogin
      ? LONGEST_RETRY_MS
      : Math.max(retryAfterMs ?? 0, FIRST_RETRY_MS + this.#random() * (ceiling - FIRST_RETRY_MS));
    this.#events.state(isLogin ? 'login required' : 'retrying', text, this.#clock.now() + delayMs);
    return delayMs;
  }
}
