import { SystemClock } from '@dayfold/runtime';
import type { Clock } from '@dayfold/runtime';
import { pino } from 'pino';
import { JoiningLog } from './joining-log.ts';
import type { Level, Write } from './joining-log.ts';

/** Of one text in a line: what somebody else sends must not fill the disk or the memory of lines. */
const MOST_CHARACTERS = 4000;

/** Lines for people on a terminal, JSON lines elsewhere, both on standard error; a line that repeats is joined. */
export function createLog(options: {
  readonly json: boolean;
  readonly level: Level;
  readonly clock?: Pick<Clock, 'sleep'>;
}): JoiningLog {
  const { json, level, clock = new SystemClock() } = options;
  return new JoiningLog(shortening(json ? jsonWriter(level) : writePlainly), clock, level);
}

function shortening(write: Write): Write {
  return (level, message, details) =>
    write(
      level,
      short(message),
      details && Object.fromEntries(Object.entries(details).map(([key, value]) => [key, shortened(value)])),
    );
}

function shortened(value: unknown): unknown {
  return typeof value === 'string' ? short(value) : value;
}

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

function jsonWriter(level: string): Write {
  const redact = {
    paths: ['token', 'password', 'secret', 'authorization', '*.token', '*.password', '*.secret'],
    censor: '[hidden]',
  };
  const logger = pino({ level, base: null, redact }, pino.destination(2));
  return (at, message, details) => logger[at](details ?? {}, message);
}

function writePlainly(at: Level, message: string): void {
  const mark = { debug: ' ', info: ' ', warn: '!', error: '!!' }[at];
  // Topics and error texts come from outside: nothing in them may steer a terminal.
  process.stderr.write(`${new Date().toISOString().slice(0, 19)}Z ${mark} ${message.replaceAll(/\p{C}/gu, '·')}\n`);
}
