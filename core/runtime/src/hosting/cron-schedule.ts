import { ConfigInvalid } from '@dayfold/sdk';
import type { Schedule } from '@dayfold/sdk';
import { Cron } from 'croner';
import type { Instant } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';

/** Meanwhile the user's zone may change, the clock be set, the machine sleep: a cron job looks again this often. */
const LOOK_AGAIN_MS = 60_000;
/** A clock set back by less repeats no turn; set back by more it was wrong before, and turns count anew. */
const CLOCK_CORRECTION_MS = 3_600_000;

/** How the runs of a job end; `job` tells one from the other. */
export interface JobReport {
  failed(job: object, error: unknown): void;
  /** The run was good, or the job has ended. */
  done(job: object): void;
}

/**
 * Runs jobs on the daemon's clock. Turns that come while a job is still running pass.
 *
 * A cron expression is read in the zone in force when it is due: a turn skipped by a night when clocks change comes as
 * soon as that night allows, a repeated one once. Turns missed while the machine slept come together, once.
 */
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
    if (!(Number.isFinite(ms) && ms >= 1)) {
      throw new ConfigInvalid(`an interval of ${ms} ms cannot be kept; give one of a millisecond or more`);
    }
    let due = this.#clock.monotonic();
    void this.#loop(signal, run, (hasRun) => {
      const now = this.#clock.monotonic();
      if (hasRun) due += ms * Math.max(1, Math.ceil((now - due) / ms));
      return due <= now ? undefined : due - now;
    });
  }

  cron(expression: string, signal: AbortSignal, run: () => unknown): void {
    const next = turnsOf(expression, this.#zone);
    let seen = this.#clock.now();
    if (next(seen) === undefined) throw new ConfigInvalid(`the cron expression "${expression}" never comes true again`);
    void this.#loop(signal, run, (hasRun) => {
      const now = this.#clock.now();
      // What came during the run has passed.
      if (hasRun || now < seen - CLOCK_CORRECTION_MS) seen = now;
      const turn = next(seen);
      seen = Math.max(seen, now);
      return turn !== undefined && turn <= now ? undefined : Math.min(LOOK_AGAIN_MS, (turn ?? Infinity) - now);
    });
  }

  /** `waitMs` answers undefined when a turn is due. */
  async #loop(own: AbortSignal, run: () => unknown, waitMs: (hasRun: boolean) => number | undefined): Promise<void> {
    const signal = AbortSignal.any([own, this.#lifetime]);
    const job = {};
    for (let hasRun = false; !signal.aborted;) {
      const delayMs = waitMs(hasRun);
      hasRun = delayMs === undefined;
      if (delayMs === undefined) await this.#run(job, run, signal);
      else await this.#clock.sleep(Math.max(1, delayMs), signal).catch(() => undefined);
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

/** The first turn after an instant, in the zone that is in force when asked. */
function turnsOf(expression: string, zone: () => string): (after: Instant) => Instant | undefined {
  let [read, readIn] = [cronOf(expression, zone()), zone()];
  return (after) => {
    if (zone() !== readIn) [read, readIn] = [cronOf(expression, zone()), zone()];
    return read.nextRun(new Date(after))?.getTime();
  };
}

function cronOf(expression: string, timezone: string): Cron {
  try {
    return new Cron(expression, { timezone, paused: true });
  } catch (error) {
    throw new ConfigInvalid(
      `"${expression}" is not a cron expression: ${(error as Error).message}; write minute, hour, day, month and weekday, such as "15 6 * * *" for every day at 06:15`,
      { cause: error },
    );
  }
}
