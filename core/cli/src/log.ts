import { SystemClock } from '@dayfold/runtime';
import type { Clock } from '@dayfold/runtime';
import { pino } from 'pino';
import { JoiningLog } from './joining-log.ts';
import type { Level, Write } from './joining-log.ts';

/** Lines for people on a terminal, JSON lines elsewhere, both on standard error; a line that repeats is joined. */
export function createLog(options: {
  readonly json: boolean;
  readonly level: Level;
  readonly clock?: Pick<Clock, 'sleep'>;
}): JoiningLog {
  const { json, level, clock = new SystemClock() } = options;
  return new JoiningLog(json ? jsonWriter(level) : writePlainly, clock, level);
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
