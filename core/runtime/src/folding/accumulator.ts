import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Bounds, Calendar, Instant } from '../day/calendar.ts';
import type { Placed } from './placed.ts';

/** Takes the readings that count, in the order of the day, those around the day included where the fold looks at them. */
export interface Accumulator {
  add(reading: Placed): void;
  /** The day's value so far; undefined where nothing gives one. `until` is the end of the day, or now. */
  value(until: Instant): Value | undefined;
}

export interface DayContext {
  readonly attribute: AttributeConfiguration;
  readonly calendar: Calendar;
  readonly bounds: Bounds;
  /** Some reading before the day counts. */
  readonly hasPrior: boolean;
}
