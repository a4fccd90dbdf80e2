import type { Logger } from '@dayfold/sdk';
import { constants } from 'node:os';
import type process from 'node:process';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type StopSignal = (typeof SIGNALS)[number];
/** Sources have five seconds to stop; whatever else hangs then is left behind. Docker kills after ten. */
const STOP_LIMIT_MS = 8000;

type Process = Pick<typeof process, 'on' | 'off' | 'exit'>;

/** The first signal asks for an orderly stop, which is bounded in time; a second one ends at once. */
export class StopSignals implements Disposable {
  readonly first: Promise<StopSignal>;
  readonly #process: Process;
  readonly #log: Logger;
  readonly #lateStatus: number;
  readonly #heard: (signal: StopSignal) => void;
  #limit: NodeJS.Timeout | undefined;

  /** `lateStatus` is the exit status where the orderly stop takes too long. */
  constructor(process: Process, log: Logger, lateStatus = 0) {
    this.#process = process;
    this.#log = log;
    this.#lateStatus = lateStatus;
    const { promise, resolve } = Promise.withResolvers<StopSignal>();
    this.first = promise;
    this.#heard = (signal) => this.#hear(signal, resolve);
    for (const signal of SIGNALS) process.on(signal, this.#heard);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#limit);
    for (const signal of SIGNALS) this.#process.off(signal, this.#heard);
  }

  #hear(signal: StopSignal, resolve: (signal: StopSignal) => void): void {
    if (this.#limit !== undefined) this.#process.exit(128 + constants.signals[signal]);
    this.#limit = setTimeout(() => {
      this.#log.warn(`stopping took longer than ${STOP_LIMIT_MS / 1000} s; what still hangs is left behind`);
      // What was acknowledged is on disk.
      this.#process.exit(this.#lateStatus);
    }, STOP_LIMIT_MS).unref();
    resolve(signal);
  }
}
