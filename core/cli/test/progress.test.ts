import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withProgress } from '../src/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, write: (text: string) => written.push(text) };
}

test('on a terminal one line shows how far the work is and is gone at the end, also of a failure', async () => {
  const terminal = stream(true);
  let percent = 0;
  const { promise, reject } = Promise.withResolvers<never>();
  const work = withProgress(
    'reading',
    async () => await promise,
    () => `${percent} %`,
    terminal,
  );
  percent = 50;
  vi.advanceTimersByTime(200);
  reject(new Error('broken'));
  await expect(work).rejects.toThrow('broken');
  vi.advanceTimersByTime(10_000);
  expect(terminal.written).toEqual(['\r\u001B[K⠋ reading: 0 %', '\r\u001B[K⠙ reading: 50 %', '\r\u001B[K']);
});

test('elsewhere nothing is shown', async () => {
  const pipe = stream(false);
  const result = await withProgress(
    'reading',
    async () => await Promise.resolve(7),
    () => '50 %',
    pipe,
  );
  expect([result, pipe.written]).toEqual([7, []]);
});
