import type { BenchCase } from '../bench-case.ts';
import { csvKept, csvParse, dayfoldOnCsv } from '../from-csv.ts';

/** Ten years. */
const ROWS = 3650;

export const csvCases: readonly BenchCase[] = [
  {
    name: 'csv',
    title: 'Ten years of 50 values a day from CSV into day values, against csv-parse alone, as whole processes',
    contenders: [
      csvParse('csv-parse', ROWS),
      csvKept('csv-parse and node:sqlite', ROWS),
      dayfoldOnCsv('dayfold', ROWS),
      dayfoldOnCsv('dayfold, a quarter of the rows', Math.ceil(ROWS / 4)),
    ],
    goals: [
      { figure: 'per_second', of: 'dayfold', to: 'csv-parse', least: 0.3 },
      { figure: 'per_second', of: 'csv-parse and node:sqlite', to: 'csv-parse' },
      { figure: 'per_second', of: 'dayfold', to: 'csv-parse and node:sqlite' },
      // Readings lie in the past, and forty years do not.
      { figure: 'peak_mb', of: 'dayfold', to: 'dayfold, a quarter of the rows', most: 1.15 },
    ],
  },
];
