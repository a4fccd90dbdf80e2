import file from '@dayfold/plugin-file';
import { harness, MemoryStorage, until } from '@dayfold/sdk/testing';
import { appendFile, copyFile, rename, rm, truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Folder } from './folder.ts';

const series = { n: { time: 't', value: 'n' } };
const line = (n: number): string =>
  `${JSON.stringify({ t: `2024-03-30T10:00:${String(n % 60).padStart(2, '0')}Z`, n })}\n`;
const numbers = (run: { emitted: readonly { value?: unknown }[] }): unknown[] => run.emitted.map(({ value }) => value);

test('a log goes on where it ended, after a restart too, and a half-written line waits', async () => {
  await using folder = await Folder.create({ 'a.jsonl': line(1) + line(2).slice(0, 10) });
  const storage = new MemoryStorage();
  const config = { path: folder.at('a.jsonl'), series };
  const first = harness(file, config, { storage });
  await first.once();
  expect(numbers(first)).toEqual([1]);
  await appendFile(folder.at('a.jsonl'), line(2).slice(10) + line(3));
  const second = harness(file, config, { storage });
  await second.once();
  await second.once();
  expect(numbers(second)).toEqual([2, 3]);
});

test('lines count again from the start only when they are new: truncated, copied, rotated', async () => {
  await using folder = await Folder.create({ 'a.log': line(1) + line(2) });
  const run = harness(file, { path: folder.at('a.log'), series });
  await run.once();
  await truncate(folder.at('a.log'), 0);
  await appendFile(folder.at('a.log'), line(3));
  await run.once();
  expect(numbers(run)).toEqual([1, 2, 3]);

  await copyFile(folder.at('a.log'), folder.at('copy'));
  await rm(folder.at('a.log'));
  await rename(folder.at('copy'), folder.at('a.log'));
  await appendFile(folder.at('a.log'), line(4));
  await run.once();
  expect(numbers(run)).toEqual([1, 2, 3, 4]);

  await appendFile(folder.at('a.log'), line(5));
  await rename(folder.at('a.log'), folder.at('a.log.1'));
  await folder.write('a.log', line(6));
  await run.once();
  expect(numbers(run)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a rotated log that the pattern still matches is not read twice', async () => {
  await using folder = await Folder.create({ 'a.log': line(1) });
  const run = harness(file, { path: folder.at('a.log*'), mode: 'log', format: 'jsonl', series });
  await run.once();
  await appendFile(folder.at('a.log'), line(2));
  await rename(folder.at('a.log'), folder.at('a.log.1'));
  await folder.write('a.log', line(3));
  await run.once();
  await run.once();
  expect(numbers(run)).toEqual([1, 2, 3]);
});

test('an offset moves only with readings that are durable', async () => {
  await using folder = await Folder.create({ 'a.log': line(1) });
  const run = harness(file, { path: folder.at('a.log'), series });
  run.readings.hold();
  const reading = run.once();
  await until(() => run.readings.held === 1, 'the emit');
  run.readings.fail(new Error('disk full'));
  await reading;
  expect(run.health.message).toBe('a.log: disk full');
  expect(await run.storage.keys()).toEqual([]);
  await run.once();
  expect(numbers(run)).toEqual([1]);
});

test('a growing log is followed as it grows', async () => {
  await using folder = await Folder.create({ 'a.log': line(1) });
  const run = harness(file, { path: folder.at('a.log'), series });
  await run.start();
  await until(() => run.emitted.length === 1, 'the first line');
  await appendFile(folder.at('a.log'), line(2) + 'nonsense\n' + line(3));
  await until(() => run.emitted.length === 3, 'the lines added');
  expect(run.health.misfits[0]?.sample).toContain('nonsense');
  await run.stop();
});

test('a log in CSV keeps its header when reading goes on in the middle', async () => {
  await using folder = await Folder.create({ 'a.csv': 'when;n\n2024-03-30 10:00;1\n' });
  const storage = new MemoryStorage();
  const config = { path: folder.at('a.csv'), mode: 'log', series: { n: { time: 'when', value: 'n' } } };
  await harness(file, config, { storage }).once();
  await appendFile(folder.at('a.csv'), '2024-03-30 10:05;2\n');
  const run = harness(file, config, { storage });
  await run.once();
  expect(run.emitted).toEqual([{ series: 'n', time: '2024-03-30T10:05:00', value: 2 }]);
});

test('an endless line is passed over to its end, and the lines around it count', async () => {
  await using folder = await Folder.create({ 'a.log': line(1) });
  for (let piece = 0; piece < 40; piece += 1) await appendFile(folder.at('a.log'), 'x'.repeat(1024 * 1024));
  const run = harness(file, { path: folder.at('a.log'), series });
  await run.once();
  await appendFile(folder.at('a.log'), `{"t":"2024-03-30T11:00:00Z","n":9}\n${line(2)}`);
  await run.once();
  expect(numbers(run)).toEqual([1, 2]);
});

test('a line of a CSV log that is too long or too wide is told, and the lines around it count', async () => {
  await using folder = await Folder.create({
    'a.csv': `t,n\n2024-03-30T11:00:00Z,1\n${','.repeat(1_200_000)}\n${','.repeat(20_000)}\n2024-03-30T12:00:00Z,2\n`,
  });
  const run = harness(file, { path: folder.at('a.csv'), mode: 'log', series });
  await run.once();
  expect(numbers(run)).toEqual([1, 2]);
  expect(run.health.misfits.map(({ reason }) => reason)).toEqual([
    'longer than 1 MB',
    '20001 columns, and at most 16384 are read',
  ]);
});
