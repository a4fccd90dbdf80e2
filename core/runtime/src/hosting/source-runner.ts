import type { Source } from '@dayfold/sdk';
import { setMaxListeners } from 'node:events';
import type { Instant } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import { isPassing } from '../kernel/errors.ts';
import { faultOf } from './plugin-fault.ts';
import type { SourceState } from './source-status.ts';

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** The disk is here: looking whether it takes something again costs nobody anything, and it shall go on within a minute. */
const LONGEST_STORE_RETRY_MS = 30_000;
/** How long a source may take to stop before it is left behind. */
const STOP_LIMIT_MS = 5000;
/** So many starts in a row that end in a fault of unknown kind are the plugin's fault, not the network's. */
const FAULTS_OF_A_BROKEN_PLUGIN = 5;

/** The signals of one attempt to run a source. */
export interface SourceLife {
  /** Aborts when it shall end. */
  readonly signal: AbortSignal;
  /** Aborts when it has stopped or was left behind: nothing is taken from it any more. */
  readonly over: AbortSignal;
}

export interface RunnerEvents {
  state(state: SourceState, message?: string, nextAttempt?: Instant): void;
  /** It did not stop in time and goes on unseen. */
  leftBehind(): void;
}

/**
 * Keeps one source alive.
 *
 * `starting`: a source is built and its `start` called. It leaves to `running` when start resolves and stays there.
 * When building or start fails, the error's code decides: `invalid` (the configuration must change) and `failed` for a
 * plugin that builds no source are final; `login required` is tried again every five minutes; all else is `retrying`,
 * with backoff and full jitter up to five minutes (half a minute where the store takes nothing), never given up. Five faults in a row that say nothing of their kind
 * are shown as `failed` and tried again like before. An attempt that failed is aborted and stopped before the next.
 * `stopping` can begin in any state; a source that does not end in time is left behind.
 */
export class SourceRunner {
  readonly #build: (life: SourceLife) => Source;
  readonly #clock: Clock;
  readonly #events: RunnerEvents;
  readonly #random: () => number;
  readonly #abort = new AbortController();
  readonly #over = new AbortController();
  readonly #tried = Promise.withResolvers<void>();
  #source: Source | undefined;
  #failures = 0;
  #faults = 0;
  #done: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  /** `build` is called for each attempt. */
  constructor(build: (life: SourceLife) => Source, clock: Clock, events: RunnerEvents, random: () => number) {
    this.#build = build;
    this.#clock = clock;
    this.#events = events;
    this.#random = random;
  }

  start(): void {
    this.#done ??= this.#keepAlive();
  }

  /** Resolves when the first attempt has come about or failed, or is to end. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  /** Resolves when the source has stopped or its time is over. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#events.state('stopping');
    this.#tried.resolve();
    this.#abort.abort(new Error('the source is stopped'));
    await this.#inTime(async () => {
      await this.#done;
      await this.#source?.stop?.();
    });
    this.#over.abort();
  }

  async #keepAlive(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const delayMs = await this.#attempt(signal);
      if (delayMs === undefined) return;
      await this.#clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  /** Milliseconds until the next attempt; undefined when there is to be none. */
  async #attempt(stopping: AbortSignal): Promise<number | undefined> {
    const [attempt, over] = [new AbortController(), new AbortController()];
    const signal = AbortSignal.any([stopping, attempt.signal]);
    // A source may wait for as many things as it likes without Node warning of a leak.
    setMaxListeners(0, signal);
    this.#events.state('starting');
    try {
      this.#source = this.#build({ signal, over: AbortSignal.any([this.#over.signal, over.signal]) });
      await this.#source.start(signal);
      if (!stopping.aborted) this.#events.state('running');
      this.#tried.resolve();
      return undefined;
    } catch (error) {
      if (stopping.aborted) return undefined;
      const delayMs = this.#afterFailure(error);
      this.#tried.resolve();
      attempt.abort(new Error('the source did not start'));
      const failed = this.#source;
      this.#source = undefined;
      await this.#inTime(async () => await failed?.stop?.());
      over.abort();
      return delayMs;
    }
  }

  #afterFailure(error: unknown): number | undefined {
    const { code, message, retryAfterMs } = faultOf(error);
    this.#failures += 1;
    this.#faults = code === undefined ? this.#faults + 1 : 0;
    const again = (state: SourceState, delayMs: number): number => {
      this.#events.state(state, message, this.#clock.now() + delayMs);
      return delayMs;
    };
    switch (code) {
      case 'plugin.config_invalid':
        this.#events.state('invalid', message);
        return undefined;
      case 'plugin.broken':
        this.#events.state('failed', message);
        return undefined;
      case 'plugin.login_required':
        return again('login required', LONGEST_RETRY_MS);
      default:
        return again(
          this.#faults < FAULTS_OF_A_BROKEN_PLUGIN ? 'retrying' : 'failed',
          Math.max(retryAfterMs ?? 0, this.#backoffMs(isPassing({ code }) ? LONGEST_STORE_RETRY_MS : LONGEST_RETRY_MS)),
        );
    }
  }

  #backoffMs(longestMs: number): number {
    const ceiling = Math.min(longestMs, FIRST_RETRY_MS * 2 ** Math.min(this.#failures, 20));
    return FIRST_RETRY_MS + this.#random() * (ceiling - FIRST_RETRY_MS);
  }

  async #inTime(finish: () => Promise<void>): Promise<void> {
    const limit = new AbortController();
    const late = this.#clock.sleep(STOP_LIMIT_MS, limit.signal).then(
      () => this.#events.leftBehind(),
      () => undefined,
    );
    await Promise.race([finish().catch(() => undefined), late]);
    limit.abort();
  }
}
