import file from '@dayfold/plugin-file';
import { harness, MemoryStorage, until } from '@dayfold/sdk/testing';
import iconv from 'iconv-lite';
import { rename, writeFile, symlink } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Folder } from './folder.ts';

const PAGES = { series: { pages: { date: 'Date', value: 'Pages' } } };

test('a table gives a reading a row, and misfits for broken rows alone', async () => {
  await using folder = await Folder.create({
    'a.csv': 'Date,Pages\n2024-03-30,12\n2024-02-31,5\n2024-03-31,\n2024/03/31,7.5\n',
  });
  const run = harness(file, { path: folder.at('*.csv'), ...PAGES });
  await run.once();
  expect(run.readings.stored).toEqual([
    { series: 'pages', date: '2024-03-30', value: 12 },
    { series: 'pages', date: '2024-03-31', value: 7.5 },
  ]);
  expect(run.health.misfits).toEqual([
    { reason: '"2024-02-31" is not a readable date', sample: 'a.csv line 3: 2024-02-31,5' },
  ]);
  expect(run.health.state).toBe('ok');
});

test('a file that did not change is not read again, after a restart either; changed options read it again', async () => {
  await using folder = await Folder.create({ 'a.csv': 'Date,Pages\n2024-03-30,12\n' });
  const storage = new MemoryStorage();
  const config = { path: folder.at('a.csv'), ...PAGES };
  await harness(file, config, { storage }).once();
  const second = harness(file, config, { storage });
  await second.once();
  expect(second.readings.mirrored).toEqual([]);
  const third = harness(file, { ...config, decimal: ',' }, { storage });
  await third.once();
  expect(third.readings.mirrored).toHaveLength(1);
});

test('a watched table is read after it was quiet, and again when it is replaced', async () => {
  await using folder = await Folder.create({ 'a.csv': 'Date,Pages\n2024-03-30,12\n' });
  const run = harness(file, { path: folder.at('a.csv'), ...PAGES });
  await run.start();
  await until(() => run.clock.nextWake === 2000, 'waiting for quiet');
  expect(run.readings.mirrored).toEqual([]);
  await run.advance(2000);
  await until(() => run.readings.mirrored.length === 1, 'first reading');
  await writeFile(folder.at('a.tmp'), 'Date,Pages\n2024-03-30,12\n2024-03-31,4\n');
  await rename(folder.at('a.tmp'), folder.at('a.csv'));
  await until(() => run.clock.nextWake === 2000, 'waiting for quiet again');
  await run.advance(2000);
  await until(() => run.readings.mirrored.length === 2, 'second reading');
  expect(run.readings.mirrored[1]?.result).toEqual({ added: 1, withdrawn: 0, unchanged: 1 });
  await run.stop();
});

test('with poll a new file of a folder is found by looking, and a vanished one keeps its readings', async () => {
  await using folder = await Folder.create();
  const run = harness(file, { path: folder.path, poll: '30s', ...PAGES });
  await run.start();
  await until(() => run.health.state === 'degraded', 'the complaint that there is no file');
  expect(run.health.message).toContain('there is no file at');
  const path = await folder.write('new.csv', 'Date,Pages\n2024-03-30,3\n');
  await run.advance(30_000);
  await until(() => run.clock.nextWake === 2000, 'waiting for quiet');
  await run.advance(2000);
  await until(() => run.readings.mirrored.length === 1, 'reading');
  expect(run.health.state).toBe('ok');
  await rename(path, folder.at('.hidden'));
  await run.advance(60_000);
  expect(run.readings.stored).toHaveLength(1);
  await run.stop();
});

test('a half-written JSON document degrades and leaves the old readings', async () => {
  await using folder = await Folder.create({ 'a.json': '[{"d":"2024-03-30","v":1}]' });
  const config = { path: folder.at('a.json'), series: { v: { date: 'd', value: 'v' } } };
  const run = harness(file, config);
  await run.once();
  await folder.write('a.json', '[{"d":"2024-03-30","v":1},{"d":"2024');
  await run.once();
  expect(run.health.message).toContain('a.json: not JSON (half written?)');
  expect(run.readings.stored).toEqual([{ series: 'v', date: '2024-03-30', value: 1 }]);
  await folder.write('a.json', '[{"d":"2024-03-31","v":2}]');
  await run.once();
  expect(run.readings.stored).toEqual([{ series: 'v', date: '2024-03-31', value: 2 }]);
  expect(run.health.state).toBe('ok');
});

test('JSON items are found by default, by the source and by each series', async () => {
  const document = {
    items: [{ t: '2024-03-30T10:00:00Z', v: 1 }],
    daily: { time: ['2024-03-29', '2024-03-30'], max: [10, 11] },
  };
  await using folder = await Folder.create({ 'a.json': JSON.stringify(document) });
  const run = harness(file, {
    path: folder.at('a.json'),
    series: {
      v: { time: 't', value: 'v' },
      max: { items: '$zip(daily.time, daily.max)', date: '$[0]', value: '$[1]' },
    },
  });
  await run.once();
  expect(run.readings.stored).toEqual([
    { series: 'v', time: '2024-03-30T10:00:00Z', value: 1 },
    { series: 'max', date: '2024-03-29', value: 10 },
    { series: 'max', date: '2024-03-30', value: 11 },
  ]);
});

test.each([
  ['semicolons with a decimal comma', 'Tag;Wert\n30.03.2024;"1.234,5"\n', 1234.5],
  ['tabs', 'Tag\tWert\n30.03.2024\t3,5\n', 3.5],
])('separators are found out: %s', async (_name, content, value) => {
  await using folder = await Folder.create({ 'a.csv': content });
  const run = harness(file, {
    path: folder.at('a.csv'),
    decimal: ',',
    series: { w: { date: 'Tag', date_format: 'DD.MM.YYYY', value: 'Wert' } },
  });
  await run.once();
  expect(run.readings.stored).toEqual([{ series: 'w', date: '2024-03-30', value }]);
});

test.each(['utf-8', 'utf-16le', 'windows-1252'])('a file in %s is read, with its mark', async (encoding) => {
  await using folder = await Folder.create({
    'a.csv': iconv.encode('Größe,Tag\nschön,2024-03-30\n', encoding, { addBOM: encoding !== 'windows-1252' }),
  });
  const run = harness(file, { path: folder.at('a.csv'), encoding, series: { s: { date: 'Tag', value: 'Größe' } } });
  await run.once();
  expect(run.readings.stored).toEqual([{ series: 's', date: '2024-03-30', value: 'schön' }]);
});

test('without a header columns go by their number, lines before a header can be skipped', async () => {
  await using folder = await Folder.create({
    'a.csv': '2024-03-30,5\n',
    'b.csv': 'Report of today\nday,n\n2024-03-31,6\n',
  });
  const plain = harness(file, { path: folder.at('a.csv'), header: false, series: { n: { date: '1', value: '2' } } });
  await plain.once();
  expect(plain.readings.stored).toEqual([{ series: 'n', date: '2024-03-30', value: 5 }]);
  const skipped = harness(file, { path: folder.at('b.csv'), skip: 1, series: { n: { date: 'day', value: 'n' } } });
  await skipped.once();
  expect(skipped.readings.stored).toEqual([{ series: 'n', date: '2024-03-31', value: 6 }]);
});

test('a series that no row fits is shown, a column that does not exist by its name', async () => {
  await using folder = await Folder.create({ 'a.csv': 'Date,Number of Pages\n2024-03-30,12\n' });
  const run = harness(file, { path: folder.at('a.csv'), series: { pages: { date: 'Date', value: 'Count of Pages' } } });
  await run.once();
  expect(run.health.message).toBe('a.csv: none of 1 rows gave a reading for pages: there is no "Count of Pages"');
});

test.each([1, 60_000])(
  'an unclosed quote before %i rows leaves the old readings and says where it is',
  async (count) => {
    const rows = Array.from({ length: count }, (_, index) => `2024-03-30,${index},some words to fill the line`).join(
      '\n',
    );
    await using folder = await Folder.create({ 'a.csv': 'Date,Pages,Note\n2024-03-29,1,fine\n' });
    const run = harness(file, { path: folder.at('a.csv'), ...PAGES });
    await run.once();
    await folder.write('a.csv', `Date,Pages,Note\n2024-03-29,1,fine\n2024-03-29,2,"never closed\n${rows}\n`);
    await run.once();
    expect(run.health.message).toBe('a.csv: a quote that opens in line 3 is not closed (half written?)');
    expect(run.readings.stored).toEqual([{ series: 'pages', date: '2024-03-29', value: 1 }]);
  },
);

test('quotes in the middle of a cell and rows of other lengths are read', async () => {
  await using folder = await Folder.create({
    'a.csv': 'Date,Pages,Note\n2024-03-29,1,a 5" screen\n2024-03-30,2\n2024-03-31,3,x,y\n',
  });
  const run = harness(file, { path: folder.at('a.csv'), ...PAGES });
  await run.once();
  expect(run.readings.stored.map(({ value }) => value)).toEqual([1, 2, 3]);
});

test('200,000 rows stream through in batches with progress', async () => {
  const rows = Array.from(
    { length: 200_000 },
    (_, index) => `2024-03-30,${index},a note that makes the row longer`,
  ).join('\n');
  await using folder = await Folder.create({ 'a.csv': `Date,Pages,Note\n${rows}\n` });
  const run = harness(file, { path: folder.at('a.csv'), ...PAGES });
  await run.once();
  expect(run.readings.stored).toHaveLength(200_000);
  expect(run.health.history.some(({ message }) => message === 'reading a.csv 50 %')).toBe(true);
});

test('probe shows the first five rows and emits nothing', async () => {
  await using folder = await Folder.create({ 'a.csv': `Date,Pages\n${'2024-03-30,1\n'.repeat(9)}` });
  const run = harness(file, { path: folder.at('a.csv'), ...PAGES });
  const samples = await run.source.probe?.(new AbortController().signal);
  expect(samples).toHaveLength(5);
  expect(samples?.[0]).toEqual({ from: 'a.csv line 2', text: '{"Pages":"1","Date":"2024-03-30"}' });
  expect(run.readings.stored).toEqual([]);
});

test('what is not a regular file is refused', async () => {
  const run = harness(file, { path: '/dev/zero', ...PAGES });
  await expect(run.start()).rejects.toMatchObject({ code: 'plugin.config_invalid' });
  expect(() => harness(file, { path: 'a.csv', encoding: 'utf-99', ...PAGES })).toThrow(
    'expected the name of an encoding',
  );
});

test('a link out of a folder is not followed and told; inside it, and named by itself, it is', async () => {
  await using elsewhere = await Folder.create({ 'secret.csv': 'Date,Pages\n2024-03-01,99\n' });
  await using folder = await Folder.create({ 'a.csv': 'Date,Pages\n2024-03-01,1\n' });
  await symlink(elsewhere.at('secret.csv'), folder.at('b.csv'));
  await symlink(folder.at('a.csv'), folder.at('c.csv'));
  for (const path of [folder.path, folder.at('*.csv')]) {
    const run = harness(file, { path, ...PAGES });
    await run.source.once?.(new AbortController().signal);
    expect(run.readings.stored.map(({ value }) => value)).toEqual([1]);
    expect(run.health).toMatchObject({
      state: 'degraded',
      message: expect.stringMatching(/^b\.csv is a link to .*secret\.csv, outside/) as string,
    });
  }
  const run = harness(file, { path: [folder.path, folder.at('b.csv')], ...PAGES });
  await run.source.once?.(new AbortController().signal);
  expect(new Set(run.readings.stored.map(({ value }) => value))).toEqual(new Set([1, 99]));
  expect(run.health.state).toBe('ok');
});

test('a line of 1,000,000 columns or of nothing but separators is refused as a whole table, and the old rows stay', async () => {
  const storage = new MemoryStorage();
  for (const [wide, complaint] of [
    [`${'v,'.repeat(400_000)}v\n${'1,'.repeat(400_000)}1\n`, 'line 1: 400001 columns, and at most 16384 are read'],
    [`Date,Pages\n2024-03-30,1\n${','.repeat(30_000)}\n`, 'line 3: 30001 columns, and at most 16384 are read'],
    [`${'v,'.repeat(1_000_000)}v\n`, 'a line is longer than 1 MB'],
    [`Date,Pages\n2024-03-30,1\n${','.repeat(3_000_000)}\n2024-03-31,1\n`, 'a line is longer than 1 MB'],
    [`Date,Pages\n${'x'.repeat(3_000_000)}`, 'a line is longer than 1 MB'],
  ] as const) {
    await using folder = await Folder.create({ 'a.csv': wide });
    const run = harness(file, { path: folder.at('a.csv'), ...PAGES }, { storage });
    await run.once();
    expect(run.health).toMatchObject({ state: 'degraded', message: `a.csv: ${complaint}` });
    expect(run.readings.stored).toEqual([]);
  }
});

test('a row as wide as a spreadsheet is read', async () => {
  const cells = Array.from({ length: 16_382 }, (_, index) => `c${index}`).join(',');
  await using folder = await Folder.create({ 'a.csv': `Date,Pages,${cells}\n2024-03-30,12,${cells}\n` });
  const run = harness(file, { path: folder.at('a.csv'), ...PAGES });
  await run.once();
  expect(run.readings.stored).toEqual([{ series: 'pages', date: '2024-03-30', value: 12 }]);
});

test('the files of dayfold itself are refused by name and are no part of a folder', async () => {
  await using folder = await Folder.create({
    'dayfold.db': 'SQLite format 3',
    'a.csv': 'Date,Pages\n2024-03-30,12\n',
    'secrets.yaml': 'token: kanari',
  });
  await using beside = await Folder.create({ 'b.csv': 'Date,Pages\n2024-03-31,3\n', 'secrets.yaml': 'token: kanari' });
  await symlink(folder.at('dayfold.db'), beside.at('link.csv'));
  for (const path of [
    folder.path,
    folder.at('dayfold.db'),
    folder.at('a.csv'),
    beside.at('secrets.yaml'),
    beside.at('link.csv'),
  ])
    await expect(harness(file, { path, ...PAGES }).once(), path).rejects.toMatchObject({
      code: 'plugin.config_invalid',
      message: `path: ${path} is of dayfold itself, which keeps logins there; name another`,
    });
  const run = harness(file, { path: [folder.at('*'), beside.at('*')], ...PAGES });
  await run.once();
  expect(run.readings.stored.map(({ value }) => value)).toEqual([3]);
  expect(JSON.stringify(run.health)).not.toContain('kanari');
});

test('a file larger than max_file is refused and told', async () => {
  await using folder = await Folder.create({ 'a.csv': `Date,Pages\n${'2024-03-30,1\n'.repeat(100_000)}` });
  const run = harness(file, { path: folder.at('a.csv'), max_file: '1MB', ...PAGES });
  await run.once();
  expect(run.health).toMatchObject({ state: 'degraded', message: 'a.csv: larger than max_file (1 MB)' });
  expect(run.readings.stored).toEqual([]);
});
