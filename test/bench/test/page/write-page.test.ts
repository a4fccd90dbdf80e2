import { expect, test } from 'vitest';
import { CASES } from '../../src/index.ts';
import { PAGE_CASES } from '../../src/page/sections.ts';
import { filledPage } from '../../src/page/write-page.ts';
import { resultOf } from '../../src/report.ts';
import { keptResult } from '../../src/results.ts';
import type { KeptResult, Results } from '../../src/results.ts';
import type { BenchCase, Figures } from '../../src/index.ts';

const PAGE = `# Performance

<!-- bench: measured -->
of an earlier run
<!-- bench: end of measured -->

## Derived

<!-- bench: derived -->
of an earlier run too
<!-- bench: end of derived -->

The end.
`;
const FIGURES =
  'per_second cpu_us peak_mb rss_mb p50_ms p99_ms ms refold_ms read_ms surplus wakeups_per_second written_mb_day syncs_day updates_a_day unneeded lost twice';

/** As if each contender had given the same in both rounds, but for what `figures` says of one. */
function invented(name: string, figures: Readonly<Record<string, Figures>> = {}): KeptResult {
  const benchCase = CASES.find((each) => each.name === name) as BenchCase;
  const all = Object.fromEntries(FIGURES.split(' ').map((figure) => [figure, 10]));
  const rounds = benchCase.contenders.map((contender) => {
    const round = { ...all, ...figures[contender.name] };
    return [contender.name, [round, round]] as const;
  });
  return keptResult(resultOf(benchCase, new Map(rounds)), 2);
}

function results(...kept: readonly KeptResult[]): Results {
  const machine = { node: 'v24.0.0', platform: 'linux-x64', cpu: 'Some CPU', cores: 2, memoryMb: 8192 };
  return { machine, isQuick: false, results: [...kept] };
}

test('the page shows each of its cases with its figures and its plots, and keeps what stands around', () => {
  const page = filledPage(PAGE, results(...PAGE_CASES.map((name) => invented(name))), CASES);
  expect(page).toMatch(/^# Performance\n\n<!-- bench: measured -->\n\nNode\.js v24\.0\.0 on linux-x64, 2 cores/);
  expect(page).toContain('The end.\n');
  expect(page).not.toContain('earlier run');
  expect(page).not.toMatch(/NaN|undefined|Not measured|Not derived/);
  for (const name of PAGE_CASES) {
    const { title, plots = [] } = CASES.find((each) => each.name === name) as BenchCase;
    expect(page).toContain(title);
    for (const { file } of plots) expect(page).toContain(`(performance/${file}.svg)`);
  }
});

test('the page says what was not measured, and derives nothing without it', () => {
  const page = filledPage(PAGE, results(invented('socket-qos1')), CASES);
  expect(page).toContain('Not measured: `socket-qos0`, `socket-qos2`, `window-20`');
  expect(page).toMatch(/Not derived: it takes .*`window-20`.* not all of them have been measured/);
  expect(page).not.toContain('Raspberry');
});

test('what other machines can take follows from the figures and the assumptions that are shown', () => {
  const kept = [
    invented('socket-qos1', { dayfold: { cpu_us: 5 } }),
    invented('window-20', { dayfold: { cpu_us: 20 } }),
    invented('latency', { 'dayfold, 100/s': { cpu_us: 300 } }),
    invented('start', { dayfold: { ms: 500 } }),
    invented('idle-day', { dayfold: { syncs_day: 18_000, written_mb_day: 100 } }),
  ];
  const page = filledPage(PAGE, results(...kept), CASES);
  const row = page.split('\n').find((line) => line.startsWith('| Raspberry Pi 5, SD card'));
  // k = 1600 / 800 = 2: 1e6 / (2 × 5 + 10,000 / 1000), 1e6 / (2 × 20 + 10,000 / 16), 2 × 300 × 100 / 1e6, 2 × 0.5 s, 18,000 × 10 ms.
  expect(row).toBe('| Raspberry Pi 5, SD card | 2.0 | 10 ms | 50,000 | 1,500 | 6 % | 1 s | 3 min |');
  expect(page).toContain('Calculated, not measured');
});

test('a page without the marks is left alone', () => {
  expect(() => filledPage('# Performance\n', results(), CASES)).toThrow(
    'has no part between "<!-- bench: measured -->"',
  );
});
