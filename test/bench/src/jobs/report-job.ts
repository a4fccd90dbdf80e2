import process from 'node:process';
import { memoryOf } from '../subject.ts';

/** Hands the figures of a job to the bench and ends. */
export function reportJob(figures: Readonly<Record<string, number>>): void {
  process.send?.({ ...figures, peak_mb: memoryOf(process.pid).peakMb });
  process.disconnect();
}
