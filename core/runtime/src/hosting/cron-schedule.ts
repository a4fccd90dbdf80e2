import type { Schedule } from '@dayfold/sdk';
import { Cron } from 'croner';
import type { Clock } from '../day/clock.ts';

/** How the runs of a job end; `job` tells one from the other. */
export interface JobReport {
  failed(job: object, error: unknown): void;
  /** The run was good, or the job has ended. */
  done(job: object): void;
}

/** Runs jobs on the daemon's clock; a job still going when it is due again lets that turn pass. */
export class CronSchedule implements Schedule {
  readonly #clock: Clock;
  readonly #zone: () => string;
  readonly #report: JobReport;
  readonly #lifetime: AbortSignal;

  /** No job outlives `lifetime`, whatever signal it came with. */
  constructor(clock: Clock, zone: () => string, report: JobReport, lifetime: AbortSignal) {
    this.#clock = clock;
    this.#zone = zone;
    this.#report = report;
    this.#lifetime = lifetime;
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

  async #loop(own: AbortSignal, run: () => unknown, delayMs: () => number, atOnce: boolean): Promise<void> {
    const signal = AbortSignal.any([own, this.#lifetime]);
    const job = {};
    for (let isDue = atOnce; !signal.aborted; isDue = true) {
      if (isDue) await this.#run(job, run, signal);
      await this.#clock.sleep(Math.max(1, delayMs()), signal).catch(() => undefined);
    }
    this.#report.done(job);
  }

  async #run(job: object, run: () => unknown, signal: AbortSignal): Promise<void> {
    try {
      await run();
      this.#report.done(job);
    } catch (error) {
      if (!signal.aborted) this.#report.failed(job, error);
    }
  }
}
