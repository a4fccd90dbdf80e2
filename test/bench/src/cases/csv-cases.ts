import type { BenchCase } from '../bench-case.ts';
import { csvParse, dayfoldOnCsv } from '../from-csv.ts';

/** Ten years. */
const ROWS = 3650;

export const csvCases: readonly BenchCase[] = [
  {
    name: 'csv',
    title: 'Ten years of 50 values a day from CSV into day values, against csv-parse alone, as whole processes',
    contenders: [
      csvParse('csv-parse', ROWS),
      dayfoldOnCsv('dayfold', ROWS),
      dayfoldOnCsv('dayfold, four times the rows', 4 * ROWS),
    ],
    goals: [
      { figure: 'per_second', of: 'dayfold', to: 'csv-parse', least: 0.3 },
      { figure: 'peak_mb', of: 'dayfold, four times the rows', to: 'dayfold', most: 1.15 },
    ],
  },
];
