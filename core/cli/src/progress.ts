import process from 'node:process';

/** The part of a stream that a progress line needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  /** Replaces what the line says after its title. */
  readonly say: (detail: string) => void;
}

/** Shows one line while something takes long, on a terminal only; it is gone when the work is done. */
export async function withProgress<T>(
  title: string,
  work: (progress: Progress) => Promise<T>,
  stream: ProgressStream = process.stderr,
): Promise<T> {
  if (stream.isTTY !== true) return await work({ say: () => undefined });
  const show = (text: string): unknown => stream.write(`${CLEARED}${text}`);
  show(`${title} …`);
  try {
    return await work({ say: (detail) => show(`${title} … ${detail}`) });
  } finally {
    show('');
  }
}

/** To the beginning of an empty line. */
const CLEARED = '\r\u001B[K';
