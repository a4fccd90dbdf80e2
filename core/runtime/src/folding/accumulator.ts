import type { Value } from '@dayfold/sdk';
import type { AttributeConfiguration } from '../config/configuration.ts';
import type { Bounds, Calendar, Instant } from '../day/calendar.ts';
import { CounterAccumulator } from './counter-accumulator.ts';
import { HeldAccumulator } from './held-accumulator.ts';
import type { Placed } from './placed.ts';
import { StateChanges } from './state-changes.ts';
import { valueAccumulator } from './value-accumulators.ts';

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

export function accumulatorOf(context: DayContext): Accumulator {
  const { fold } = context.attribute;
  switch (fold.kind) {
    case 'increase':
      return new CounterAccumulator(fold, context.hasPrior);
    case 'count_changes':
      return new StateChanges(fold.to);
    case 'time_in':
      return new HeldAccumulator({ kind: fold.kind, condition: fold.condition }, context.attribute, context.bounds);
    case 'time_mean':
      return new HeldAccumulator({ kind: fold.kind }, context.attribute, context.bounds);
    case 'integral':
      return new HeldAccumulator(fold, context.attribute, context.bounds);
    default:
      return valueAccumulator(fold, context);
  }
}
