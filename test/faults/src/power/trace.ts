/** One thing that was done to the files of a data folder, in the order of its completion. */
export type Operation =
  | { readonly kind: 'write'; readonly file: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'remove'; readonly file: string }
  /** The process told that this much is acknowledged. */
  | { readonly kind: 'acknowledged'; readonly count: number };

/** `strace` with whole strings in hexadecimal, on what SQLite does to files. */
export const STRACE = [
  'strace',
  '-f',
  '-q',
  '-xx',
  '-s',
  '200000',
  '-e',
  'trace=openat,pwrite64,write,ftruncate,fsync,fdatasync,close,unlink',
] as const;

const CALL = /^(?:\d+\s+)?(\w+)\((.*)\)\s+=\s+(-?\d+)/;
const UNFINISHED = /^(\d+)\s+(.*) <unfinished \.\.\.>$/;
const RESUMED = /^(\d+)\s+<\.\.\. \w+ resumed>(.*)$/;

/** What a trace tells of the files under `folder`. */
export function operationsOf(trace: string, folder: string): readonly Operation[] {
  const open = new Map<number, string>();
  const operations: Operation[] = [];
  for (const line of joined(trace)) {
    const [, name, args = '', resultText = ''] = CALL.exec(line) ?? [];
    const result = Number(resultText);
    if (name === undefined || result < 0) continue;
    const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, text = '']) => bytesOf(text));
    if (name === 'openat') {
      const path = strings[0]?.toString() ?? '';
      if (path.startsWith(`${folder}/`)) open.set(result, path.slice(folder.length + 1));
      else open.delete(result);
      continue;
    }
    if (name === 'unlink') {
      const path = strings[0]?.toString() ?? '';
      if (path.startsWith(`${folder}/`)) operations.push({ kind: 'remove', file: path.slice(folder.length + 1) });
      continue;
    }
    const descriptor = Number(/^\d+/.exec(args)?.[0]);
    if (name === 'write' && descriptor === 1) {
      operations.push({ kind: 'acknowledged', count: Number(strings[0]?.toString()) });
      continue;
    }
    const file = open.get(descriptor);
    if (name === 'close') open.delete(descriptor);
    if (file === undefined) continue;
    const last = Number(/(\d+)$/.exec(args)?.[1]);
    if (name === 'pwrite64') operations.push({ kind: 'write', file, at: last, bytes: strings[0] ?? Buffer.alloc(0) });
    else if (name === 'ftruncate') operations.push({ kind: 'truncate', file, size: last });
    else if (name === 'fsync' || name === 'fdatasync') operations.push({ kind: 'sync', file });
  }
  return operations;
}

/** Calls that another thread's came between are put together again. */
function joined(trace: string): string[] {
  const begun = new Map<string, string>();
  return trace.split('\n').flatMap((line): string[] => {
    const unfinished = UNFINISHED.exec(line);
    if (unfinished !== null) {
      begun.set(unfinished[1] ?? '', unfinished[2] ?? '');
      return [];
    }
    const resumed = RESUMED.exec(line);
    if (resumed === null) return [line];
    const start = begun.get(resumed[1] ?? '') ?? '';
    begun.delete(resumed[1] ?? '');
    return [start + (resumed[2] ?? '')];
  });
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}
