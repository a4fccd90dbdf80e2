import type { DayReport, StatusReport } from '@dayfold/runtime';
import type { Failpoint } from './failpoint.ts';

/** What the parent may ask of the daemon's process. */
export interface Commands {
  /** Lets time pass; answers with the time. */
  advance: { readonly ask: number; readonly answer: number };
  /** Sets the clock, as a person or NTP would, and whether it can be trusted. */
  setClock: { readonly ask: { readonly now: number; readonly isTrusted: boolean }; readonly answer: number };
  status: { readonly ask: null; readonly answer: StatusReport };
  days: { readonly ask: null; readonly answer: readonly DayReport[] };
  /** Stores a login of the account `me`. */
  connect: { readonly ask: object; readonly answer: null };
  takeBack: { readonly ask: string; readonly answer: null };
  sync: { readonly ask: null; readonly answer: null };
  /** Reads the configuration again, as after SIGHUP. */
  reload: { readonly ask: null; readonly answer: null };
  arm: { readonly ask: Failpoint | null; readonly answer: null };
  /** How often the failpoint has struck without ending the process. */
  struck: { readonly ask: null; readonly answer: number };
  stop: { readonly ask: null; readonly answer: null };
}
export type Name = keyof Commands;

export type Message =
  | { readonly kind: 'ready'; readonly pid: number }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'answer'; readonly id: number; readonly result?: unknown; readonly error?: string }
  /** A call to Exist is about to be made: the parent's clock follows first. */
  | { readonly kind: 'calling'; readonly now: number }
  | { readonly kind: 'time'; readonly now: number };

export type Order =
  | { readonly kind: 'proceed' }
  | { readonly kind: 'command'; readonly id: number; readonly name: Name; readonly ask: unknown };
