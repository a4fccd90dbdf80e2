import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { expect, test } from 'vitest';

const MB = 1024 * 1024;
const MODULE = new URL('../src/young-space.ts', import.meta.url).href;

/** What a process that makes many objects, of which some live a while, takes for the young ones at the end, in MB. */
function youngMb(execArgv: readonly string[], nodeOptions: string): number {
  const script = `
    import { setImmediate as turn } from 'node:timers/promises';
    import { getHeapSpaceStatistics } from 'node:v8';
    import { boundYoungSpace } from ${JSON.stringify(MODULE)};
    using _bounded = boundYoungSpace({ execArgv: ${JSON.stringify(execArgv)}, env: { NODE_OPTIONS: ${JSON.stringify(nodeOptions)} } });
    let kept = [];
    for (let made = 0; made < 4_000_000; made += 1) {
      kept.push({ made, text: 'x' + made });
      if (kept.length > 200_000) kept = [];
      if (made % 10_000 === 0) await turn();
    }
    console.log(getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size);
  `;
  // As V8 chooses it where there is memory to spare.
  const args = ['--max-semi-space-size=64', '--conditions=@dayfold/source', '--input-type=module', '--eval', script];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' })) / MB;
}

test('young objects take 16 MB at the most, but where another bound was chosen', () => {
  expect(youngMb([], '')).toBeLessThanOrEqual(16);
  expect(youngMb(['--max-semi-space-size=64'], '')).toBeGreaterThan(16);
  expect(youngMb([], '--max-semi-space-size=64')).toBeGreaterThan(16);
  expect(youngMb(['--max_semi_space_size=64'], '')).toBeGreaterThan(16);
});
