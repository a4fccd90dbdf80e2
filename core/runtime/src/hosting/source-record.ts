import type { Logger } from '@dayfold/sdk';
import type { Instant } from '../day/calendar.ts';
import type { Clock } from '../day/clock.ts';
import type { Problems } from '../store/problems.ts';
import type { Hide } from './hide-secrets.ts';
import type { SourceState, SourceStatus } from './source-status.ts';

/** Different reasons kept for one source; further ones are counted under a common name. */
const MOST_REASONS = 20;
const OTHER_REASONS = 'other reasons';
const SAMPLE_LENGTH = 200;
const MESSAGE_LENGTH = 500;
/** States a person must know of, and what to do. */
const REMEDIES: Partial<Record<SourceState, string>> = {
  invalid: 'correct the source in dayfold.yaml; it is read again when saved',
  retrying: 'nothing needs doing if it comes back by itself; else check the address and that the other side runs',
  'login required': 'check user and password of the source in dayfold.yaml',
  degraded: 'see the message; the source goes on by itself',
  failed: 'this is a fault of the plugin: update it, or tell its author what the message says',
};
/** A source in one of these may be on its way in the next attempt; what is shown stays until that succeeds. */
const AWAITING_ATTEMPT: ReadonlySet<SourceState> = new Set(['retrying', 'login required', 'failed']);

/**
 * What is known of one source: its state, since when, and what it could not use.
 *
 * The runner sets the state. While it is `running`, concerns make it `degraded`: one that the plugin told by its health,
 * and one for each job whose last run threw. The last concern settled makes it `running` again. What is told during a
 * start counts as soon as the source runs; a new attempt begins without concerns.
 */
export class SourceRecord {
  readonly name: string;
  readonly #plugin: string;
  readonly #clock: Clock;
  readonly #problems: Problems;
  readonly #log: Logger;
  readonly #hide: Hide;
  readonly #misfits = new Map<string, { count: number; sample: string }>();
  /** By the job they come from; the plugin's own by `HEALTH`. */
  readonly #concerns = new Map<unknown, string>();
  #state: SourceState = 'starting';
  #since: Instant;
  #message: string | undefined;
  #nextAttempt: Instant | undefined;
  /** One may be left from an earlier run of the daemon. */
  #isRaised = true;
  #isSettled = true;
  #settling: Promise<void> = Promise.resolve();
  #isGone = false;

  /** `hide` takes out of every text what it must not show. */
  constructor(
    name: string,
    plugin: string,
    clock: Clock,
    problems: Problems,
    log: Logger,
    hide: Hide = (text) => text,
  ) {
    this.name = name;
    this.#hide = hide;
    this.#plugin = plugin;
    this.#clock = clock;
    this.#problems = problems;
    this.#log = log;
    this.#since = clock.now();
  }

  set(state: SourceState, message?: string, nextAttempt?: Instant): void {
    this.#nextAttempt = nextAttempt;
    if (state === 'starting') {
      this.#concerns.clear();
      if (AWAITING_ATTEMPT.has(this.#state)) return;
    }
    if (state === 'running') this.#runs(message);
    else this.#show(state, message);
  }

  ok(message?: string): void {
    this.#concerns.delete(HEALTH);
    this.#weighConcerns(message);
  }

  degraded(message: string): void {
    this.#concerns.set(HEALTH, message);
    this.#weighConcerns();
  }

  jobFailed(job: unknown, message: string): void {
    this.#concerns.set(job, message);
    this.#weighConcerns();
  }

  /** Its last run was good, or it has no further one. */
  jobDone(job: unknown): void {
    if (this.#concerns.delete(job)) this.#weighConcerns();
  }

  misfit(reason: string, sample: string): void {
    const named = this.#printable(reason, SAMPLE_LENGTH);
    const key = this.#misfits.has(named) || this.#misfits.size < MOST_REASONS ? named : OTHER_REASONS;
    const known = this.#misfits.get(key);
    if (known === undefined) this.#misfits.set(key, { count: 1, sample: this.#printable(sample, SAMPLE_LENGTH) });
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

  /** The source is gone, and so are its problems; resolves when the last one is. */
  async clear(): Promise<void> {
    this.#isGone = true;
    this.#settle();
    await this.#settling;
  }

  #weighConcerns(message?: string): void {
    if (this.#state === 'running' || this.#state === 'degraded') this.#runs(message);
  }

  #runs(message: string | undefined): void {
    const [concern] = this.#concerns.values();
    if (concern === undefined) this.#show('running', message);
    else this.#show('degraded', concern);
  }

  #show(state: SourceState, text: string | undefined): void {
    const message = text === undefined ? undefined : this.#printable(text, MESSAGE_LENGTH);
    const isOther = state !== this.#state;
    if (this.#isGone || (!isOther && message === this.#message)) return;
    if (isOther) this.#since = this.#clock.now();
    this.#state = state;
    this.#message = message;
    const line = `source ${this.name}: ${state}${message === undefined ? '' : `: ${message}`}`;
    // A message that differs each time must not fill the log; the newest one is shown by the status.
    if (!isOther) this.#log.debug(line);
    else if (REMEDIES[state] === undefined) this.#log.info(line);
    else this.#log.warn(line);
    this.#settle();
  }

  /** Brings the stored problem in line with the newest state, one change after the other. */
  #settle(): void {
    this.#isSettled = false;
    this.#settling = this.#settling.then(async () => {
      if (this.#isSettled) return;
      this.#isSettled = true;
      try {
        await this.#settleProblem();
      } catch (error) {
        this.#log.error(`the problem of source ${this.name} cannot be stored`, { error: String(error) });
      }
    });
  }

  async #settleProblem(): Promise<void> {
    const remedy = this.#isGone ? undefined : REMEDIES[this.#state];
    if (remedy !== undefined) {
      this.#isRaised = true;
      await this.#problems.raise({
        code: 'source.trouble',
        subject: this.name,
        since: this.#since,
        message: `source ${this.name} is ${this.#state}: ${this.#message ?? 'no reason given'}`,
        remedy,
      });
    } else if (this.#isRaised) {
      await this.#problems.clear('source.trouble', this.name);
      this.#isRaised = false;
    }
  }

  /** Control characters must not reach a terminal. Plain JavaScript may hand over anything. */
  #printable(text: unknown, length: number): string {
    return this.#hide(String(text)).slice(0, length).replaceAll(/\p{C}/gu, '·');
  }
}

const HEALTH = Symbol('health');
