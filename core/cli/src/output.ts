import process from 'node:process';
import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Colour on a terminal only, and not where NO_COLOR asks against it. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Exactly one JSON document. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Columns aligned by their widest cell; `emptyState` stands where there are no rows. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], emptyState: string): string {
  if (rows.length === 0) return emptyState;
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  return [styled('bold', line(head)), ...rows.map(line)].join('\n');
}

/** One clear paragraph on stderr. */
export function printError(error: unknown, debug: boolean): void {
  const { message, stack } = error as { message?: string; stack?: string };
  process.stderr.write(`dayfold: ${message ?? String(error)}\n`);
  if (debug && stack !== undefined) process.stderr.write(`${stack}\n`);
}
