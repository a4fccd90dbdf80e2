import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { keepRunning } from '../src/keep-running.ts';

function parts() {
  const raised: string[] = [];
  const cleared: string[] = [];
  const errors: string[] = [];
  return {
    raised,
    cleared,
    errors,
    events: new EventEmitter(),
    daemon: {
      raiseProblem: async (_code: string, _subject: string, message: string) => {
        raised.push(message);
        await Promise.resolve();
      },
      clearProblem: async (code: string) => {
        cleared.push(code);
        await Promise.resolve();
      },
    },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (message: string) => void errors.push(message),
    },
  };
}

test('what nobody caught is logged and becomes one problem, however often it comes', async () => {
  const { events, daemon, log, raised, errors, cleared } = parts();
  using _kept = await keepRunning(events as never, daemon, log, (text) => text.replaceAll('s3cret', '•••'));
  expect(cleared).toEqual(['daemon.error']);
  events.emit('unhandledRejection', new Error('socket gone'));
  events.emit('uncaughtException', new Error('socket gone'));
  events.emit('unhandledRejection', undefined);
  expect(raised).toEqual(['an error that nothing caught: socket gone', 'an error that nothing caught: undefined']);
  expect(errors).toHaveLength(3);
});

test('the secrets of the configuration are in neither the line nor its stack nor the problem', async () => {
  const { events, daemon, log, raised } = parts();
  const lines: unknown[] = [];
  log.error = (...line: unknown[]) => void lines.push(line);
  using _kept = await keepRunning(events as never, daemon, log, (text) => text.replaceAll('s3cret', '•••'));
  events.emit('uncaughtException', new Error('refused s3cret'));
  expect(raised).toEqual(['an error that nothing caught: refused •••']);
  expect(JSON.stringify(lines)).toContain('refused •••');
  expect(JSON.stringify(lines)).not.toContain('s3cret');
});

test('a source that throws a new text each time does not fill the store', async () => {
  const { events, daemon, log, raised } = parts();
  using _kept = await keepRunning(events as never, daemon, log, (text) => text.replaceAll('s3cret', '•••'));
  for (let count = 0; count < 1000; count += 1) events.emit('unhandledRejection', new Error(`at ${count}`));
  expect(raised).toHaveLength(20);
});

test('a problem that cannot be stored is logged and throws nothing', async () => {
  const { events, daemon, log, errors } = parts();
  daemon.raiseProblem = async () => await Promise.reject(new Error('disk full'));
  {
    using _kept = await keepRunning(events as never, daemon, log, (text) => text.replaceAll('s3cret', '•••'));
    events.emit('uncaughtException', new Error('odd'));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(errors.at(-1)).toContain('disk full');
  expect(events.eventNames()).toEqual([]);
});
