import type { Clock, Schedule } from '../services.ts';

/** Intervals run on the given clock; cron jobs run when the test says so. */
export class FakeSchedule implements Schedule {
  readonly #clock: Clock;
  readonly #jobs: { readonly expression: string; readonly signal: AbortSignal; readonly run: () => unknown }[] = [];
  /** What runs have thrown. */
  readonly errors: unknown[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  every(ms: number, signal: AbortSignal, run: () => unknown): void {
    void this.#loop(ms, signal, run);
  }

  cron(expression: string, signal: AbortSignal, run: () => unknown): void {
    this.#jobs.push({ expression, signal, run });
  }

  /** The cron expressions asked for. */
  get crons(): readonly string[] {
    return this.#jobs.map(({ expression }) => expression);
  }

  /** Runs every cron job whose source still runs. */
  async runCrons(): Promise<void> {
    for (const { signal, run } of this.#jobs) if (!signal.aborted) await this.#guarded(run);
  }

  async #loop(ms: number, signal: AbortSignal, run: () => unknown): Promise<void> {
    while (!signal.aborted) {
      await this.#guarded(run);
      await this.#clock.sleep(ms, signal).catch(() => undefined);
    }
  }

  async #guarded(run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.errors.push(error);
    }
  }
}
