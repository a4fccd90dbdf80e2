import { duration } from '@dayfold/sdk';
import { parseCondition, type Parsed } from './condition.ts';
import type { FoldSpec, ValueType } from './configuration.ts';
import { closest } from './mistakes.ts';

/** Dips of a counter shorter than this count nothing, unless the attribute says otherwise. */
export const DEFAULT_GLITCH_MS = 15 * 60_000;

/** Reads `sum` or `{ time_in: "> 20" }`; `glitchMs` is the attribute's own `glitch`, if it has one. */
export function parseFold(input: unknown): Parsed<FoldSpec> {
  if (typeof input === 'string') return named(input, undefined);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return { ok: false, message: EXPECTED };
  const entries = Object.entries(input);
  const [first] = entries;
  if (first === undefined || entries.length > 1)
    return { ok: false, message: `${EXPECTED}: one fold, not ${entries.length}` };
  const result = named(first[0], first[1]);
  return result.ok ? result : { ...result, path: [first[0], ...(result.path ?? [])] };
}

/** Whether what the fold gives can be a value of the type; a sentence where it cannot. */
export function unsuitable(fold: FoldSpec, type: ValueType): string | undefined {
  if (fold.kind === 'first' || fold.kind === 'last') return undefined;
  const gives = resultOf(fold);
  const suits = ACCEPTS[type];
  const extremes = fold.kind === 'min' || fold.kind === 'max';
  if (suits.includes(gives) || (extremes && (type === 'boolean' || (gives === 'number' && suits.includes('clock')))))
    return undefined;
  if ((fold.kind === 'mean' || fold.kind === 'median') && suits.includes('clock')) return undefined;
  return `the fold ${fold.kind} gives ${NAMES[gives]}, which does not suit the type ${type}`;
}

const PLAIN = ['sum', 'count', 'min', 'max', 'mean', 'median', 'distinct', 'first', 'last', 'time_mean'] as const;
const CONDITIONAL = ['time_in', 'any', 'all', 'time_first', 'time_last'] as const;
export const FOLD_NAMES: readonly string[] = [
  ...PLAIN,
  'increase',
  ...CONDITIONAL,
  'count_changes',
  'integral',
  'join',
];
const EXPECTED = 'expected a fold such as sum, last, or { time_in: "> 20" }';
const PER_MS: ReadonlyMap<unknown, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

type Result = 'number' | 'truth' | 'clock' | 'text';
const NAMES: Readonly<Record<Result, string>> = {
  number: 'a number',
  truth: 'true or false',
  clock: 'a time of day',
  text: 'text',
};
const ACCEPTS: Readonly<Record<ValueType, readonly Result[]>> = {
  integer: ['number'],
  float: ['number'],
  string: ['text'],
  duration: ['number'],
  time_of_day: ['clock'],
  percentage: ['number'],
  time_of_day_from_midday: ['clock'],
  boolean: ['truth'],
  scale: ['number'],
};

function resultOf(fold: FoldSpec): Result {
  switch (fold.kind) {
    case 'any':
    case 'all':
      return 'truth';
    case 'time_first':
    case 'time_last':
      return 'clock';
    case 'join':
      return 'text';
    default:
      return 'number';
  }
}

function named(name: string, options: unknown): Parsed<FoldSpec> {
  const plain = PLAIN.find((kind) => kind === name);
  if (plain !== undefined) {
    return isNothing(options) ? good({ kind: plain }) : { ok: false, message: `the fold ${name} takes no options` };
  }
  const conditional = CONDITIONAL.find((kind) => kind === name);
  if (conditional !== undefined) return conditionalFold(conditional, options);
  switch (name) {
    case 'increase':
      return increase(options);
    case 'count_changes':
      return countChanges(options);
    case 'integral': {
      const perMs = PER_MS.get(options);
      if (perMs !== undefined) return good({ kind: 'integral', perMs });
      return { ok: false, message: 'expected a unit of time: { integral: h }, or s, min, d' };
    }
    case 'join':
      if (isNothing(options)) return good({ kind: 'join', separator: ', ' });
      if (typeof options === 'string') return good({ kind: 'join', separator: options });
      return { ok: false, message: 'expected the text between the values: { join: ", " }' };
    default: {
      const suggestion = closest(name, FOLD_NAMES);
      return {
        ok: false,
        message: `unknown fold; expected one of ${FOLD_NAMES.join(', ')}`,
        ...(suggestion && { suggestion }),
      };
    }
  }
}

function conditionalFold(kind: (typeof CONDITIONAL)[number], options: unknown): Parsed<FoldSpec> {
  if (isNothing(options)) return { ok: false, message: `the fold ${kind} needs a condition: { ${kind}: "> 20" }` };
  const condition = parseCondition(options);
  return condition.ok ? good({ kind, condition: condition.value }) : condition;
}

function increase(options: unknown): Parsed<FoldSpec> {
  const given = group(options, ['glitch', 'resets', 'base']);
  if (!given.ok) return given;
  const { glitch, resets = true, base } = given.value;
  const glitchMs = glitch === undefined ? DEFAULT_GLITCH_MS : millisecondsOf(glitch);
  if (glitchMs === undefined) return { ok: false, path: ['glitch'], message: 'expected a duration such as 15m' };
  if (typeof resets !== 'boolean') return { ok: false, path: ['resets'], message: 'expected true or false' };
  if (base !== undefined && (typeof base !== 'number' || !Number.isFinite(base))) {
    return { ok: false, path: ['base'], message: 'expected a number' };
  }
  return good({ kind: 'increase', glitchMs, resets, base });
}

function countChanges(options: unknown): Parsed<FoldSpec> {
  const given = group(options, ['to']);
  if (!given.ok) return given;
  const { to } = given.value;
  if (to === undefined || typeof to === 'string' || typeof to === 'boolean' || typeof to === 'number') {
    return good({ kind: 'count_changes', to });
  }
  return { ok: false, path: ['to'], message: 'expected a state: text, a number, true or false' };
}

function group(options: unknown, keys: readonly string[]): Parsed<Readonly<Record<string, unknown>>> {
  if (isNothing(options)) return { ok: true, value: {} };
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return { ok: false, message: `expected options: ${keys.join(', ')}` };
  }
  for (const key of Object.keys(options)) {
    if (keys.includes(key)) continue;
    const suggestion = closest(key, keys);
    return {
      ok: false,
      path: [key],
      message: `unknown key; expected ${keys.join(', ')}`,
      ...(suggestion && { suggestion }),
    };
  }
  return { ok: true, value: { ...options } };
}

function millisecondsOf(input: unknown): number | undefined {
  const result = duration().safeParse(input);
  return result.success ? result.data : undefined;
}

function isNothing(options: unknown): boolean {
  return options === undefined || options === null;
}

function good(value: FoldSpec): Parsed<FoldSpec> {
  return { ok: true, value };
}
