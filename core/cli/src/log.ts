import type { Logger } from '@dayfold/sdk';
import { pino } from 'pino';

/** How long equal lines are joined into one. */
const JOIN_MS = 60_000;
const MOST_LINES = 500;

/**
 * Lines for people on a terminal, JSON lines elsewhere, both on standard error. A line that repeats within a minute is
 * written once; the next time after that says how often it was left out.
 */
export function createLog(options: {
  readonly json: boolean;
  readonly level: string;
  readonly now: () => number;
}): Logger {
  const write = options.json ? jsonWriter(options.level) : plainWriter(options.level);
  const seen = new Map<string, { at: number; count: number }>();
  const say = (level: Level, message: string, details?: Readonly<Record<string, unknown>>): void => {
    const now = options.now();
    const key = `${level} ${message}`;
    const known = seen.get(key);
    if (known !== undefined && now - known.at < JOIN_MS) {
      known.count += 1;
      return;
    }
    if (seen.size > MOST_LINES) seen.clear();
    seen.set(key, { at: now, count: 0 });
    write(
      level,
      known !== undefined && known.count > 0 ? `${message} (and ${known.count} times more before)` : message,
      details,
    );
  };
  return {
    debug: (message, details) => say('debug', message, details),
    info: (message, details) => say('info', message, details),
    warn: (message, details) => say('warn', message, details),
    error: (message, details) => say('error', message, details),
  };
}

type Level = 'debug' | 'info' | 'warn' | 'error';
type Write = (level: Level, message: string, details?: Readonly<Record<string, unknown>>) => void;

function jsonWriter(level: string): Write {
  const redact = {
    paths: ['token', 'password', 'secret', 'authorization', '*.token', '*.password', '*.secret'],
    censor: '[hidden]',
  };
  const logger = pino({ level, base: null, redact }, pino.destination(2));
  return (at, message, details) => logger[at](details ?? {}, message);
}

function plainWriter(level: string): Write {
  const order: readonly string[] = ['debug', 'info', 'warn', 'error'];
  const least = order.indexOf(level);
  return (at, message) => {
    if (order.indexOf(at) < least) return;
    const mark = { debug: ' ', info: ' ', warn: '!', error: '!!' }[at];
    // Topics and error texts come from outside: nothing in them may steer a terminal.
    process.stderr.write(`${new Date().toISOString().slice(0, 19)}Z ${mark} ${message.replaceAll(/\p{C}/gu, '·')}\n`);
  };
}
