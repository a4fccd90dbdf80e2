import type { Schedule } from '@dayfold/sdk';
import { Cron } from 'croner';
import type { Clock } from '../day/clock.ts';

/** Runs jobs on the daemon's clock; a job still going when it is due again lets that turn pass. */
export class CronSchedule implements Schedule {
  readonly #clock: Clock;
  readonly #zone: () => string;
  readonly #onError: (error: unknown) => void;

  constructor(clock: Clock, zone: () => string, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#zone = zone;
    this.#onError = onError;
  }

  every(ms: number, signal: AbortSignal, run: () => unknown): void {
    void this.#loop(signal, run, () => ms, true);
  }

  cron(expression: string, signal: AbortSignal, run: () => unknown): void {
    const cron = new Cron(expression, { timezone: this.#zone(), paused: true });
    void this.#loop(
      signal,
      run,
      () => {
        const now = this.#clock.now();
        return (cron.nextRun(new Date(now))?.getTime() ?? now + 86_400_000) - now;
      },
      false,
    );
  }

  async #loop(signal: AbortSignal, run: () => unknown, delayMs: () => number, atOnce: boolean): Promise<void> {
    let due = atOnce;
    while (!signal.aborted) {
      if (due) {
        try {
          await run();
        } catch (error) {
          if (!signal.aborted) this.#onError(error);
        }
      }
      due = true;
      try {
        await this.#clock.sleep(Math.max(1, delayMs()), signal);
      } catch {
        return;
      }
    }
  }
}
