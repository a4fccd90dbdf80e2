import type { Reading } from '../reading.ts';

/** A record that gives no reading, and why. */
export interface Misfit {
  readonly misfit: string;
}

export function isMisfit(picked: Reading | Misfit): picked is Misfit {
  return 'misfit' in picked;
}
