import { expect, test } from 'vitest';
import { killsOnDisk } from '../src/kills/disk-kills.ts';
import { killsInRestore } from '../src/kills/restore-kills.ts';
import { hindrance, powerLoss } from '../src/power/power-loss.ts';
import { isBad, lineOf } from '../src/run-seed.ts';
import { operationsOf } from '../src/power/trace.ts';

const reason = hindrance();

test.skipIf(reason !== undefined)(
  `a power cut at any moment loses nothing acknowledged and damages nothing${reason === undefined ? '' : ` (${reason})`}`,
  async () => {
    const result = await powerLoss({ seed: 1, commits: 60, points: 200, variants: 1 });
    expect(result.lost).toEqual([]);
    expect(result.corrupt).toEqual([]);
    expect(result.crashPoints).toBeGreaterThan(100);
  },
  120_000,
);

test.skipIf(reason !== undefined)(
  'kill -9 at a write to the disk, that of the schema included, leaves a folder that opens with everything acknowledged',
  async () => {
    const results = await killsOnDisk({ seed: 1, points: 8 });
    expect(results.filter(isBad).map(lineOf)).toEqual([]);
    expect(results.filter(({ struck }) => struck).length).toBeGreaterThan(4);
  },
  120_000,
);

test.skipIf(reason !== undefined)(
  'kill -9 in a restore leaves the old readings or those of the backup, and the restore can be done again',
  async () => {
    const results = await killsInRestore({ seed: 1, kills: 3 });
    expect(results.filter(isBad).map(lineOf)).toEqual([]);
    expect(results.filter(({ struck }) => struck).length).toBeGreaterThan(1);
  },
  240_000,
);

test.skipIf(reason !== undefined)('a disk that lies about its syncs would be found', async () => {
  const { lost } = await powerLoss({ seed: 1, commits: 5, points: 40, variants: 0, isDiskLying: true });
  expect(lost).not.toEqual([]);
});

test('a trace is read by file, with calls that were cut in two put together', () => {
  const hex = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const trace = [
    `7 openat(AT_FDCWD, "${hex('/data/dayfold.db')}", O_RDWR) = 5`,
    `7 pwrite64(5, "${hex('ab')}", 2, 4096) = 2`,
    '7 fdatasync(5 <unfinished ...>',
    `8 write(1, "${hex('3\n')}", 2) = 2`,
    '7 <... fdatasync resumed>) = 0',
    `7 openat(AT_FDCWD, "${hex('/etc/hosts')}", O_RDONLY) = 5`,
    `7 pwrite64(5, "${hex('ab')}", 2, 0) = 2`,
    `7 unlink("${hex('/data/dayfold.db-wal')}") = 0`,
  ].join('\n');
  expect(operationsOf(trace, '/data')).toEqual([
    { kind: 'write', file: 'dayfold.db', at: 4096, bytes: Buffer.from('ab') },
    { kind: 'acknowledged', count: 3 },
    { kind: 'sync', file: 'dayfold.db' },
    { kind: 'remove', file: 'dayfold.db-wal' },
  ]);
});
