import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StopSignals } from '../src/stop-signals.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(status: number): never {
    this.exits.push(status);
    return undefined as never;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first signal asks for an orderly stop, a second one of either kind ends at once', async () => {
  const fake = new FakeProcess();
  using signals = new StopSignals(fake as never, silent);
  fake.emit('SIGINT', 'SIGINT');
  expect(await signals.first).toBe('SIGINT');
  expect(fake.exits).toEqual([]);
  fake.emit('SIGTERM', 'SIGTERM');
  expect(fake.exits).toEqual([143]);
});

test('a stop that hangs is left behind after eight seconds', () => {
  const fake = new FakeProcess();
  using _signals = new StopSignals(fake as never, silent);
  fake.emit('SIGTERM', 'SIGTERM');
  vi.advanceTimersByTime(7999);
  expect(fake.exits).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fake.exits).toEqual([0]);
});

test('after an orderly stop nothing is listened to and nothing ends later', () => {
  const fake = new FakeProcess();
  const signals = new StopSignals(fake as never, silent);
  fake.emit('SIGTERM', 'SIGTERM');
  signals[Symbol.dispose]();
  vi.advanceTimersByTime(60_000);
  expect(fake.exits).toEqual([]);
  expect(fake.eventNames()).toEqual([]);
});
