import type { BenchCase, Bound, Goal } from './bench-case.ts';
import type { Rounds } from './rounds.ts';
import { spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';

export interface RatioResult extends Goal {
  readonly ratio: Spread;
  readonly isMet: boolean;
}

export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly { readonly name: string; readonly figures: Readonly<Record<string, Spread>> }[];
  readonly ratios: readonly RatioResult[];
  readonly bounds: readonly (Bound & { readonly value: Spread; readonly isMet: boolean })[];
  /** Figures to judge that this machine has no means for. */
  readonly notMeasured: readonly string[];
}

/** Ratios are taken round by round, and their median is judged. */
export function resultOf(benchCase: BenchCase, rounds: Rounds): CaseResult {
  const { name, title, contenders, goals = [], bounds = [] } = benchCase;
  const valuesOf = (of: string, figure: string): readonly number[] | undefined => {
    const values = (rounds.get(of) ?? []).map((figures) => {
      if (!(figure in figures)) throw new Error(`${name}: ${of} gave no ${figure}`);
      return figures[figure];
    });
    return values.every((value) => value !== undefined) ? values : undefined;
  };
  return {
    name,
    title,
    contenders: contenders.map((contender) => {
      const figures = Object.keys(rounds.get(contender.name)?.[0] ?? {});
      const spreads = figures.flatMap((figure) => {
        const values = valuesOf(contender.name, figure);
        return values === undefined ? [] : [[figure, spreadOf(values)] as const];
      });
      return { name: contender.name, figures: Object.fromEntries(spreads) };
    }),
    ratios: goals.flatMap((goal) => {
      const values = valuesOf(goal.of, goal.figure);
      const references = valuesOf(goal.to, goal.toFigure ?? goal.figure);
      if (values === undefined || references === undefined) return [];
      const ratio = spreadOf(values.map((value, round) => value / (references[round] as number)));
      return [{ ...goal, ratio, isMet: isWithin(ratio.median, goal) }];
    }),
    bounds: bounds.flatMap((bound) => {
      const values = valuesOf(bound.of, bound.figure);
      if (values === undefined) return [];
      const value = spreadOf(values);
      return [{ ...bound, value, isMet: isWithin(value.median, bound) }];
    }),
    notMeasured: [...goals, ...bounds]
      .filter(({ of, figure }) => valuesOf(of, figure) === undefined)
      .map(({ of, figure }) => `${figure} of ${of}`),
  };
}

/** A table for people, in Markdown. */
export function tableOf({ name, title, contenders, ratios, bounds, notMeasured }: CaseResult): string {
  const columns = [...new Set(contenders.flatMap(({ figures }) => Object.keys(figures)))];
  const rows = [
    `### ${name}: ${title}`,
    '',
    `| | ${columns.join(' | ')} |`,
    `|---|${columns.map(() => '---').join('|')}|`,
    ...contenders.map(
      (contender) =>
        `| ${contender.name} | ${columns.map((column) => spreadText(contender.figures[column])).join(' | ')} |`,
    ),
    '',
  ];
  for (const { figure, of, to, ratio, isMet, ...goal } of ratios)
    rows.push(`- ${figure}, ${of} ÷ ${to}: ${spreadText(ratio)}${goalText(goal, isMet)}`);
  for (const { figure, of, value, isMet, ...bound } of bounds)
    rows.push(`- ${figure} of ${of}: ${spreadText(value)}${goalText(bound, isMet)}`);
  for (const what of notMeasured) rows.push(`- ${what}: NOT measured, this machine has no means for it`);
  return `${rows.join('\n')}\n`;
}

/** What was wanted, in brackets; nothing where a ratio is for comparison alone. */
export function goalText({ least, most }: Pick<Goal, 'least' | 'most'>, isMet: boolean): string {
  if (least === undefined && most === undefined) return '';
  const wanted = [least === undefined ? '' : `≥ ${least}`, most === undefined ? '' : `≤ ${most}`].filter(Boolean);
  return ` (goal ${wanted.join(', ')}: ${isMet ? 'met' : 'NOT met'})`;
}

function isWithin(value: number, { least, most }: Pick<Goal, 'least' | 'most'>): boolean {
  return value >= (least ?? -Infinity) && value <= (most ?? Infinity);
}

/** The median, lowest and highest in brackets where they differ. */
export function spreadText(spread: Spread | undefined): string {
  if (spread === undefined) return '';
  if (spread.low === spread.high) return short(spread.median);
  return `${short(spread.median)} (${short(spread.low)}–${short(spread.high)})`;
}

/** Three digits, whole where there are more, and counts as they are. */
export function short(value: number): string {
  const isCount = Number.isInteger(value) && (value === 0 || Math.abs(value) >= 10);
  if (isCount || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}
