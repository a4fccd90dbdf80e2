import type { DayKey } from '../config/configuration.ts';
import type { Instant, LocalDay } from '../day/calendar.ts';
import { token } from '../kernel/token.ts';

/** As Exist wants it on the wire: booleans are 1 and 0, durations and times minutes. */
export type WireValue = number | string;

export interface AttributeDay extends DayKey {
  readonly account: string;
  /** Undefined: no reading gives a value, or it is refused (see `reason`). */
  readonly wanted: WireValue | undefined;
  readonly confirmed: WireValue | undefined;
  readonly readings: number;
  /** Why there is no wanted value, or why Exist refused it for good. */
  readonly reason: string | undefined;
  /** Set when Exist refused this very value; wanting another value clears it. */
  readonly refused: boolean;
  /** Its raw readings are pruned; it is not folded again. */
  readonly sealed: boolean;
  readonly changedAt: Instant;
}

export interface FoldedDay extends DayKey {
  readonly account: string;
  readonly wanted: WireValue | undefined;
  readonly readings: number;
  readonly reason?: string | undefined;
  /** The mark given by `touched`; the attribute-day stays touched when it was touched again since. */
  readonly mark?: number | undefined;
}

/** One value per attribute per local day, kept for good. */
export interface AttributeDays {
  /** Marks attribute-days as due for folding. */
  touch(days: readonly DayKey[]): Promise<void>;
  touched(limit: number): Promise<readonly (DayKey & { readonly mark: number })[]>;
  /** Records folded values and removes their marks, in one transaction. A sealed day keeps its value. */
  settle(days: readonly FoldedDay[], now: Instant): Promise<void>;
  get(attribute: string, date: LocalDay): Promise<AttributeDay | undefined>;
  /** By attribute and date. Bounds are inclusive. */
  list(filter: {
    readonly attribute?: string;
    readonly from?: LocalDay;
    readonly to?: LocalDay;
  }): Promise<readonly AttributeDay[]>;
  /** How many there are in all. */
  count(): Promise<number>;
  /** Every attribute-day before this date is folded no more. */
  seal(before: LocalDay): Promise<void>;
  /** The attribute's definition when it was folded last; undefined before the first time. */
  definition(attribute: string): Promise<string | undefined>;
  /** By attribute; in one transaction. */
  setDefinitions(definitions: ReadonlyMap<string, string>): Promise<void>;
}
export const AttributeDays = token<AttributeDays>('AttributeDays');
