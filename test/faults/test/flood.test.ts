import process from 'node:process';
import { expect, test } from 'vitest';
import { flood } from '../src/flood/flood.ts';
import { judged } from '../src/flood/floods.ts';

// The memory of a process is read where Linux shows it.
test.skipIf(process.platform !== 'linux')(
  'a flood of topics that nobody asked for is told, and the series that counts loses nothing in it',
  async () => {
    const result = await flood({ messages: 30_000, perSecond: 50_000, plainEvery: 2 });
    expect(result).toMatchObject({ sent: 30_000, plain: 15_000, stored: 15_000, problems: ['source.too_many_series'] });
    expect(judged('storm', result, 'source.too_many_series')).toMatchObject({ lost: [], doubled: [], complaints: [] });
  },
  120_000,
);

test('what is missing from the day, there twice or not told would be found', () => {
  const memoryMb = { idle: 100, begun: 100, flooded: 600, folded: 600 };
  const result = { sent: 10, plain: 10, stored: 9, seconds: 1, problems: [], memoryMb };
  expect(judged('storm', result, 'source.too_many_series')).toMatchObject({
    lost: ['9 readings in the day for 10 acknowledged'],
    doubled: [],
    complaints: ['memory grew by 500 MB', 'status never named source.too_many_series'],
  });
  expect(judged('flood', { ...result, stored: 11 }).doubled).toEqual(['11 readings in the day for 10 acknowledged']);
});
