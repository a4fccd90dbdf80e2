import process from 'node:process';
import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Colour on a terminal only; NO_COLOR asks against it, FORCE_COLOR for it everywhere. */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout, validateStream: true });
}

export function print(text: string): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** Topics, values and complaints come from outside: nothing in them may steer a terminal or turn its text around. */
export function printable(text: string): string {
  return text.replaceAll(STEERING, (found) => (OURS.has(found) ? found : '·'));
}

const STEERING = /\p{Cc}\[\d+m|[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
/** Line breaks, and what `styled` writes. */
const OURS: ReadonlySet<string> = new Set([
  '\n',
  '\t',
  ...[1, 2, 22, 31, 32, 33, 36, 39].map((code) => `\u001b[${code}m`),
]);

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

/** One clear paragraph on stderr. What nobody foresaw says how to learn more. */
export function printError(error: unknown, debug: boolean): void {
  const { message, stack } = error as { message?: string; stack?: string };
  const text = printable(message ?? String(error));
  process.stderr.write(
    isForeseen(error) || debug
      ? `dayfold: ${text}\n`
      : `dayfold: something went wrong that dayfold did not foresee: ${text}. Run it again with --debug to see where, and please report it.\n`,
  );
  if (debug && stack !== undefined) process.stderr.write(`${printable(stack)}\n`);
}

/**
 * A reader that had enough (`dayfold days | head -1`) ends nothing and is told nothing; any other trouble with the
 * output, such as a full disk, is an error.
 */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      process.exitCode = 1;
      if (stream === process.stdout) printError(error, false);
    });
  }
}

/** dayfold's own errors carry a dotted code, those of the system an errno. */
function isForeseen(error: unknown): boolean {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (typeof errno === 'number') return true;
  return typeof code === 'string' && code !== 'invariant.broken' && (code.includes('.') || code === 'not_ready');
}
