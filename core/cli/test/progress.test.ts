import { expect, test } from 'vitest';
import { withProgress } from '../src/progress.ts';

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, write: (text: string) => written.push(text) };
}

test('on a terminal one line shows what goes on and is gone at the end, also of a failure', async () => {
  const terminal = stream(true);
  const work = withProgress(
    'reading',
    async ({ say }) => {
      say('50 %');
      return await Promise.reject(new Error('broken'));
    },
    terminal,
  );
  await expect(work).rejects.toThrow('broken');
  const erase = '\r\u001B[K';
  expect(terminal.written).toEqual([`${erase}reading …`, `${erase}reading … 50 %`, erase]);
});

test('elsewhere nothing is shown', async () => {
  const pipe = stream(false);
  const result = await withProgress(
    'reading',
    async ({ say }) => {
      say('50 %');
      return await Promise.resolve(7);
    },
    pipe,
  );
  expect([result, pipe.written]).toEqual([7, []]);
});
