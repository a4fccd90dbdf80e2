export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Median with the lowest and the highest; few runs are no sample for anything finer. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('no values to take the median of');
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
  return { median, low: sorted[0] as number, high: sorted.at(-1) as number };
}

/** The value that so many percent of them do not exceed, by nearest rank. */
export function percentileOf(values: readonly number[], percent: number): number {
  const value = Float64Array.from(values).sort()[Math.max(0, Math.ceil((values.length * percent) / 100) - 1)];
  if (value === undefined) throw new Error('no values to take a percentile of');
  return value;
}
