import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a daemon holds of the machine. */
export interface Usage {
  readonly memoryBytes: number;
  /** The most it ever held in this life of the process. */
  readonly peakBytes: number;
  readonly descriptors: number;
  /** Database and what is not yet merged into it. */
  readonly storeBytes: number;
}

const MB = 1024 ** 2;
/** What docs/limits.md promises of a home like this one. */
export const BOUNDS: Usage = { memoryBytes: 448 * MB, peakBytes: 448 * MB, descriptors: 64, storeBytes: 16 * MB };

/** What is more than promised, at the end of a day. */
export function beyondBounds(usage: Usage, index: number): string[] {
  return (Object.keys(BOUNDS) as (keyof Usage)[])
    .filter((what) => !(usage[what] <= BOUNDS[what]))
    .map((what) => `day ${index + 1} ends with ${what} of ${usage[what]}, more than ${BOUNDS[what]}`);
}

/** Seen from outside, as `ps` and `ls` would. */
export async function usageOf(pid: number, data: string): Promise<Usage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  const files = (await readdir(data)).filter((name) => name.includes('.db'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(data, name))).size));
  return {
    memoryBytes: kilobytes('VmRSS') * 1024,
    peakBytes: kilobytes('VmHWM') * 1024,
    descriptors: (await readdir(`/proc/${pid}/fd`)).length,
    storeBytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}
