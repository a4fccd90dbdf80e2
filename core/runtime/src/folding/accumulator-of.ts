import type { Accumulator, DayContext } from './accumulator.ts';
import { CounterAccumulator } from './counter-accumulator.ts';
import { HeldAccumulator } from './held-accumulator.ts';
import { StateChanges } from './state-changes.ts';
import { valueAccumulator } from './value-accumulators.ts';

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
