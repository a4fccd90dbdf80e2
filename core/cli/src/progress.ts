import process from 'node:process';

/** The part of a stream that a progress line needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const EVERY_MS = 200;
const MARKS = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
/** To the beginning of an empty line. */
const CLEARED = '\r\u001B[K';

/** Shows one line while something takes long, on a terminal only; it is gone when the work is done. */
export async function withProgress<T>(
  title: string,
  work: () => Promise<T>,
  detail: () => string = () => '',
  stream: ProgressStream = process.stderr,
): Promise<T> {
  if (stream.isTTY !== true) return await work();
  let turn = 0;
  const show = (): void => {
    stream.write(`${CLEARED}${MARKS[turn++ % MARKS.length]} ${[title, detail()].filter(Boolean).join(': ')}`);
  };
  show();
  const timer = setInterval(show, EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    stream.write(CLEARED);
  }
}
