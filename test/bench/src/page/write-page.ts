import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import { ROOT } from '../places.ts';
import { writePlots } from '../plots/write-plots.ts';
import type { Results } from '../results.ts';
import { derivedText } from './derived.ts';
import { measuredText } from './measured.ts';

const PAGE = join(ROOT, 'docs/performance.md');
const PLOTS = join(ROOT, 'docs/performance');

/** Puts the results into `docs/performance.md`, and their plots beside it. */
export function writePage(results: Results, cases: readonly BenchCase[]): void {
  writeFileSync(PAGE, filledPage(readFileSync(PAGE, 'utf8'), results, cases));
  for (const result of results.results) {
    const benchCase = cases.find(({ name }) => name === result.name);
    if (benchCase !== undefined) writePlots(benchCase, result, PLOTS);
  }
}

/** The page with both of its parts that come from results; the rest of it stays. */
export function filledPage(page: string, results: Results, cases: readonly BenchCase[]): string {
  return filled(filled(page, 'measured', measuredText(results, cases)), 'derived', derivedText(results));
}

function filled(page: string, part: string, text: string): string {
  const [begin, end] = [`<!-- bench: ${part} -->`, `<!-- bench: end of ${part} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no part between "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
