import { expect, test } from 'vitest';
import { FULL_FILE_SYSTEM, mountHindrance } from '../src/catalogue/full-file-system.ts';
import { isBad, lineOf, runSeed } from '../src/run-seed.ts';

const reason = mountHindrance();

test.skipIf(reason !== undefined)(
  `a file system without a free byte costs nothing that was acknowledged${reason === undefined ? '' : ` (${reason})`}`,
  async () => {
    const results = await runSeed({ seed: 1, faults: FULL_FILE_SYSTEM, count: FULL_FILE_SYSTEM.length });
    expect(results.filter(isBad).map(lineOf)).toEqual([]);
    // With the midnight after them.
    expect(results.filter(({ struck }) => struck)).toHaveLength(FULL_FILE_SYSTEM.length + 1);
  },
  120_000,
);
