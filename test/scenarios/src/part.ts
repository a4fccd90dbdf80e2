import type { LocalDay } from '@dayfold/runtime';
import type { DaemonDriver } from './daemon-driver.ts';

/** What must stand in Exist, by attribute and local date. */
export type Values = Readonly<Record<string, Readonly<Record<string, number | string>>>>;

/** An hour of the scenario, shortly before its end. */
export interface Hour {
  readonly driver: DaemonDriver;
  readonly day: LocalDay;
  /** Of the scenario, from 0. */
  readonly dayNumber: number;
  /** Since the start of the local day; a day may have 23 or 25 of them. */
  readonly hour: number;
  /** Bounds of the hour. */
  readonly from: number;
  readonly to: number;
  /** Bounds of the day. */
  readonly start: number;
  readonly end: number;
  /** A moment at which the process may be killed and started again; true when it was. */
  readonly interrupt: () => Promise<boolean>;
}

/**
 * One thing in the home, on the far side of the daemon: its sources and attributes in dayfold.yaml, what it does as the
 * days go by, and what must come of it. It works that out itself, never with dayfold's own folding.
 */
export interface Part {
  readonly sources: Readonly<Record<string, unknown>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  open?(): Promise<void>;
  act(hour: Hour): Promise<void>;
  truths(): Values;
  close?(): Promise<void>;
}
