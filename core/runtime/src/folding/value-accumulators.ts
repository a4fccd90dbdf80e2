import type { Value } from '@dayfold/sdk';
import type { FoldSpec } from '../config/configuration.ts';
import { InvariantBroken } from '../kernel/errors.ts';
import type { Accumulator, DayContext } from './accumulator.ts';
import { ClockTime } from './clock-time.ts';
import { ExactSum } from './exact-sum.ts';
import { holds } from './holds.ts';
import { joined, textOf } from './joined.ts';
import { numberOf } from './number-of.ts';
import type { Placed } from './placed.ts';

/** Folds that look at the readings of the day alone. Undefined where no reading counts. */
export function valueAccumulator(fold: FoldSpec, context: DayContext): Accumulator {
  switch (fold.kind) {
    case 'time_first':
    case 'time_last':
      return new ClockTime({ kind: fold.kind, condition: fold.condition }, context);
    case 'count':
      return folding<number>((count) => (count ?? 0) + 1);
    case 'first':
      return folding<Value>((first, { value }) => first ?? value);
    case 'last':
      return folding<Value>((_, { value }) => value);
    case 'min':
      return folding<number>((least, { value }) =>
        Math.min(least ?? Number.POSITIVE_INFINITY, numberOf(value) ?? Number.POSITIVE_INFINITY),
      );
    case 'max':
      return folding<number>((most, { value }) =>
        Math.max(most ?? Number.NEGATIVE_INFINITY, numberOf(value) ?? Number.NEGATIVE_INFINITY),
      );
    case 'any':
      return folding<boolean>((any, { value }) => any === true || holds(fold.condition, value));
    case 'all':
      return folding<boolean>((all, { value }) => all !== false && holds(fold.condition, value));
    case 'sum':
    case 'mean':
      return summing(fold.kind);
    case 'median':
      return gathering((values) => medianOf(values.map((value) => numberOf(value) ?? 0)));
    case 'distinct':
      return gatheringTexts((texts) => texts.size);
    case 'join':
      return gatheringTexts((texts) => joined([...texts], fold.separator));
    default:
      throw new InvariantBroken(`the fold ${fold.kind} looks at more than the values of the day`);
  }
}

function folding<T extends Value>(step: (value: T | undefined, reading: Placed) => T): Accumulator {
  let value: T | undefined;
  return {
    add: (reading) => {
      if (reading.place === 'inside') value = step(value, reading);
    },
    value: () => value,
  };
}

function summing(kind: 'sum' | 'mean'): Accumulator {
  const sum = new ExactSum();
  let count = 0;
  return {
    add: ({ place, value }) => {
      if (place !== 'inside') return;
      sum.add(numberOf(value) ?? 0);
      count += 1;
    },
    value: () => (count === 0 ? undefined : kind === 'sum' ? sum.value() : sum.value() / count),
  };
}

function gathering(result: (values: readonly Value[]) => Value | undefined): Accumulator {
  const values: Value[] = [];
  return {
    add: ({ place, value }) => {
      if (place === 'inside') values.push(value);
    },
    value: () => (values.length === 0 ? undefined : result(values)),
  };
}

function gatheringTexts(result: (texts: ReadonlySet<string>) => Value | undefined): Accumulator {
  const texts = new Set<string>();
  return {
    add: ({ place, value }) => {
      if (place === 'inside') texts.add(textOf(value));
    },
    value: () => (texts.size === 0 ? undefined : result(texts)),
  };
}

function medianOf(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : upper === lower ? upper : lower / 2 + upper / 2;
}
