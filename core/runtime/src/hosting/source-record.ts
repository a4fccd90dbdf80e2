import type { Logger } from '@dayfold/sdk';
import type { Instant } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import type { Problems } from '../store/problems.ts';
import type { SourceState, SourceStatus } from './source-status.ts';

/** Different reasons kept for one source; further ones are counted under a common name. */
const MOST_REASONS = 20;
const SAMPLE_LENGTH = 200;
/** States a person must know of, and what to do. */
const REMEDIES: Partial<Record<SourceState, string>> = {
  invalid: 'correct the source in dayfold.yaml; it is read again when saved',
  retrying: 'nothing needs doing if it comes back by itself; else check the address and that the other side runs',
  'login required': 'check user and password of the source in dayfold.yaml',
  degraded: 'see the message; the source goes on by itself',
};

/** What is known of one source: its state, since when, and what it could not use. */
export class SourceRecord {
  readonly name: string;
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #problems: Problems;
  readonly #log: Logger;
  readonly #misfits = new Map<string, { count: number; sample: string }>();
  #state: SourceState = 'starting';
  #since: Instant;
  #message: string | undefined;
  #nextAttempt: Instant | undefined;

  constructor(name: string, plugin: string, clock: Clock, problems: Problems, log: Logger) {
    this.name = name;
    this.#plugin = plugin;
    this.#clock = clock;
    this.#problems = problems;
    this.#log = log;
    this.#since = clock.now();
  }

  set(state: SourceState, message?: string, nextAttempt?: Instant): void {
    const isNews = state !== this.#state || message !== this.#message;
    // A source that is started again after each failure is still retrying: one line for the first, not one each.
    const isAttempt = state === 'starting' && this.#state === 'retrying';
    this.#nextAttempt = nextAttempt;
    if (!isNews || isAttempt) return;
    if (state !== this.#state) this.#since = this.#clock.now();
    this.#state = state;
    this.#message = message;
    const line = `source ${this.name}: ${state}${message === undefined ? '' : `: ${message}`}`;
    if (REMEDIES[state] === undefined) this.#log.info(line);
    else this.#log.warn(line);
    this.#settleProblem();
  }

  ok(message?: string): void {
    if (this.#state === 'degraded' || this.#state === 'running') this.set('running', message);
  }

  degraded(message: string): void {
    if (this.#state === 'running' || this.#state === 'degraded') this.set('degraded', message);
  }

  misfit(reason: string, sample: string): void {
    const key = this.#misfits.has(reason) || this.#misfits.size < MOST_REASONS ? reason : 'other reasons';
    const known = this.#misfits.get(key);
    if (known === undefined) this.#misfits.set(key, { count: 1, sample: printable(sample) });
    else known.count += 1;
  }

  status(): Omit<SourceStatus, 'readings' | 'lastReading'> {
    return {
      name: this.name,
      plugin: this.#plugin,
      state: this.#state,
      since: this.#since,
      message: this.#message,
      nextAttempt: this.#nextAttempt,
      misfits: [...this.#misfits].map(([reason, { count, sample }]) => ({ reason, count, sample })),
    };
  }

  /** The source is gone: so are its problems. */
  async clear(): Promise<void> {
    await this.#problems.clear('source.trouble', this.name);
  }

  #settleProblem(): void {
    const remedy = REMEDIES[this.#state];
    const settled =
      remedy === undefined
        ? this.#problems.clear('source.trouble', this.name)
        : this.#problems.raise({
            code: 'source.trouble',
            subject: this.name,
            since: this.#since,
            message: `source ${this.name} is ${this.#state}: ${this.#message ?? 'no reason given'}`,
            remedy,
          });
    settled.catch((error: unknown) =>
      this.#log.error(`the problem of source ${this.name} cannot be stored`, { error: String(error) }),
    );
  }
}

/** Control characters in a sample must not reach a terminal. */
function printable(text: string): string {
  return text.slice(0, SAMPLE_LENGTH).replaceAll(/\p{C}/gu, '·');
}
