import type { Clock } from '@dayfold/runtime';
import type { Logger } from '@dayfold/sdk';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];
export type Details = Readonly<Record<string, unknown>>;
export type Write = (level: Level, message: string, details?: Details) => void;

const WINDOW_MS = 60_000;
/** Different lines of a level in a window; a home that is well writes some an hour. */
const MOST_LINES = 300;
const LONGEST_LINE = 2000;

interface Line {
  readonly level: Level;
  readonly message: string;
  readonly details: Details | undefined;
  count: number;
}

/**
 * A log that cannot fill a disk, around what writes its lines.
 *
 * A line is written at once. What is said again within a minute is counted, and the minute ends with one line that says how
 * often; as long as it goes on, one such line a minute is all. Beyond so many different lines a minute the further ones are
 * counted too, and one line says how many were left out. Long lines are cut. Dispose it to write the counts that are still due.
 */
export class JoiningLog implements Logger, Disposable {
  readonly #write: Write;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #least: number;
  #lines = new Map<string, Line>();
  readonly #written = new Map<Level, number>();
  readonly #leftOut = new Map<Level, number>();
  #window: AbortController | undefined;

  /** Lines below `least` are neither written nor counted. */
  constructor(write: Write, clock: Pick<Clock, 'sleep'>, least: Level) {
    this.#write = write;
    this.#clock = clock;
    this.#least = LEVELS.indexOf(least);
  }

  debug(message: string, details?: Details): void {
    this.#say('debug', message, details);
  }

  info(message: string, details?: Details): void {
    this.#say('info', message, details);
  }

  warn(message: string, details?: Details): void {
    this.#say('warn', message, details);
  }

  error(message: string, details?: Details): void {
    this.#say('error', message, details);
  }

  [Symbol.dispose](): void {
    this.#window?.abort();
    this.#window = undefined;
    this.#tellCounts();
    this.#lines.clear();
  }

  #say(level: Level, text: string, details: Details | undefined): void {
    if (LEVELS.indexOf(level) < this.#least) return;
    const message = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)} …` : text;
    const key = `${level} ${message}`;
    const known = this.#lines.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    this.#begin();
    const written = this.#written.get(level) ?? 0;
    if (written >= MOST_LINES) {
      this.#leftOut.set(level, (this.#leftOut.get(level) ?? 0) + 1);
      return;
    }
    this.#written.set(level, written + 1);
    this.#lines.set(key, { level, message, details, count: 0 });
    this.#write(level, message, details);
  }

  #begin(): void {
    if (this.#window !== undefined) return;
    const window = new AbortController();
    this.#window = window;
    this.#clock.sleep(WINDOW_MS, window.signal).then(
      () => this.#end(),
      () => undefined,
    );
  }

  /** What was said again is known in the next window too. */
  #end(): void {
    this.#window = undefined;
    this.#tellCounts();
    const repeated = [...this.#lines].filter(([, { count }]) => count > 0);
    this.#lines = new Map(repeated.map(([key, line]) => [key, { ...line, count: 0 }]));
    this.#written.clear();
    for (const { level } of this.#lines.values()) this.#written.set(level, (this.#written.get(level) ?? 0) + 1);
    if (this.#lines.size > 0) this.#begin();
  }

  #tellCounts(): void {
    for (const { level, message, details, count } of this.#lines.values())
      if (count > 0) this.#write(level, `${message} (${count === 1 ? 'once' : `${count} times`} more)`, details);
    for (const [level, count] of this.#leftOut)
      this.#write(level, `${count} further lines were left out: more than ${MOST_LINES} different ones in a minute`);
    this.#leftOut.clear();
  }
}
