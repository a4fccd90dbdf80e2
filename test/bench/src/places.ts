import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
/** Ignored by git. Beside the checkout's files and not in /tmp, which may be memory: a sync must reach a disk. */
export const BENCH = join(ROOT, '.bench');
export const WORK = join(BENCH, 'work');
export const RESULTS = join(BENCH, 'results');
