import { getHeapStatistics } from 'node:v8';

/** Of the heap that is counted for a reading whose day is folded: it takes 250, the young generation and all else the rest. */
const BYTES = 1000;

/** Readings of one attribute-day that fit into the memory Node.js has: more would end the process, and every start anew. */
export function mostFoldable(heapBytes = getHeapStatistics().heap_size_limit): number {
  return Math.floor(heapBytes / BYTES);
}
