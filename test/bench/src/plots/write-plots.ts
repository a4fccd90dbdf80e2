import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from '../bench-case.ts';
import type { CaseResult } from '../report.ts';
import { svgOf } from './svg-plot.ts';

/** Draws the plots of a case into a folder, where there is one to draw into. */
export function writePlots({ plots = [] }: BenchCase, result: CaseResult, folder: string | undefined): void {
  if (folder === undefined || plots.length === 0) return;
  mkdirSync(folder, { recursive: true });
  for (const plot of plots) writeFileSync(join(folder, `${plot.file}.svg`), svgOf(plot, result));
}
