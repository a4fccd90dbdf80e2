import { parse } from 'csv-parse/sync';

/** The cells of one line; for logs, where a record is a line. */
export function cellsOf(line: string, separator: string): readonly string[] {
  const [cells] = parse(line, { delimiter: separator, relax_quotes: true, relax_column_count: true }) as string[][];
  return cells ?? [];
}
