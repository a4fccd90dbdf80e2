import { FakeClock } from '@dayfold/runtime';
import { expect, test } from 'vitest';
import { JoiningLog } from '../src/joining-log.ts';

const MINUTE_MS = 60_000;

class Desk {
  readonly lines: string[] = [];
  readonly clock = new FakeClock(0);
  readonly log = new JoiningLog((level, message) => void this.lines.push(`${level} ${message}`), this.clock, 'info');

  /** What was written since this was asked last. */
  written(): string[] {
    return this.lines.splice(0);
  }
}

test('an error that repeats is one line at once, and one with a count at the end of the minute', async () => {
  const desk = new Desk();
  for (let time = 0; time < 500; time += 1) desk.log.error('the disk is full');
  expect(desk.written()).toEqual(['error the disk is full']);
  await desk.clock.advance(MINUTE_MS);
  expect(desk.written()).toEqual(['error the disk is full (499 times more)']);
});

test('as long as it goes on, it is one line a minute; after a quiet minute it is new', async () => {
  const desk = new Desk();
  desk.log.warn('lost');
  desk.log.warn('lost');
  await desk.clock.advance(MINUTE_MS);
  desk.log.warn('lost');
  desk.log.warn('lost');
  desk.log.warn('lost');
  await desk.clock.advance(MINUTE_MS);
  expect(desk.written()).toEqual(['warn lost', 'warn lost (once more)', 'warn lost (3 times more)']);
  await desk.clock.advance(MINUTE_MS);
  desk.log.warn('lost');
  expect(desk.written()).toEqual(['warn lost']);
});

test('a line that comes once leaves nothing behind', async () => {
  const desk = new Desk();
  desk.log.info('begun');
  await desk.clock.advance(3 * MINUTE_MS);
  expect(desk.written()).toEqual(['info begun']);
});

test('lines that differ each time are bounded in number, each level for itself, and the rest is counted', async () => {
  const desk = new Desk();
  for (let each = 0; each < 5000; each += 1) desk.log.info(`topic ${each} is strange`);
  desk.log.error('the disk is full');
  expect(desk.lines).toHaveLength(301);
  expect(desk.written().at(-1)).toBe('error the disk is full');
  await desk.clock.advance(MINUTE_MS);
  expect(desk.written()).toEqual(['info 4700 further lines were left out: more than 300 different ones in a minute']);
  desk.log.info('topic 7 is strange');
  expect(desk.written()).toEqual(['info topic 7 is strange']);
});

test('a line is cut where it is very long', () => {
  const desk = new Desk();
  desk.log.error('x'.repeat(1_000_000));
  expect(desk.written()).toEqual([`error ${'x'.repeat(2000)} …`]);
});

test('the end writes what is still to be said', () => {
  const desk = new Desk();
  {
    using log = desk.log;
    log.error('lost');
    log.error('lost');
  }
  expect(desk.written()).toEqual(['error lost', 'error lost (once more)']);
});

test('what is below the level is neither written nor counted', async () => {
  const desk = new Desk();
  for (let each = 0; each < 1000; each += 1) desk.log.debug(`detail ${each}`);
  await desk.clock.advance(MINUTE_MS);
  expect(desk.written()).toEqual([]);
});
