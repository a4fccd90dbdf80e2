import type { Instant } from '../day/calendar.ts';

/** What a person sees of a source. */
export type SourceState =
  | 'disabled'
  | 'invalid'
  | 'starting'
  | 'running'
  | 'degraded'
  | 'retrying'
  | 'login required'
  | 'stopping'
  | 'failed';

export interface SourceStatus {
  readonly name: string;
  readonly plugin: string;
  readonly state: SourceState;
  readonly since: Instant;
  readonly readings: number;
  readonly lastReading: Instant | undefined;
  readonly message: string | undefined;
  /** When it is tried again, in the states `retrying`, `login required` and `failed`. */
  readonly nextAttempt: Instant | undefined;
  /** Input that did not fit: how often for each reason, and one sample. */
  readonly misfits: readonly { readonly reason: string; readonly count: number; readonly sample: string }[];
}
