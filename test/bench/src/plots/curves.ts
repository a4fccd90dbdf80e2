import { symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from 'd3-shape';
import type { SymbolType } from 'd3-shape';
import type { Plot } from '../bench-case.ts';
import type { CaseResult } from '../report.ts';
import type { Spread } from '../statistics.ts';

/** Told apart by people who see few colours, on light and on dark (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'];
const MARKS = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond];
const DASHES = ['', '6 4', '2 3'];

export interface Point extends Spread {
  readonly at: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
  readonly colour: string;
  readonly mark: SymbolType;
  readonly dash: string;
}

/** The lines of a plot with their values; what one contender gave has one colour and one mark and differs in its dashes. */
export function curvesOf({ lines }: Plot, { name: caseName, contenders }: CaseResult): Curve[] {
  const families = [...new Set(lines.map(({ name }) => familyOf(name)))];
  return lines.map(({ name, figure, points }, index) => {
    const siblings = lines.slice(0, index).filter((other) => familyOf(other.name) === familyOf(name));
    const family = families.indexOf(familyOf(name));
    return {
      name,
      colour: COLOURS[family % COLOURS.length] as string,
      mark: MARKS[family % MARKS.length] as SymbolType,
      dash: DASHES[siblings.length % DASHES.length] as string,
      points: points.map(({ at, of }) => {
        const spread = contenders.find((contender) => contender.name === of)?.figures[figure];
        if (spread === undefined) throw new Error(`${caseName}: ${of} gave no ${figure} to draw`);
        return { at, ...spread };
      }),
    };
  });
}

/** The name without its percentile. */
function familyOf(name: string): string {
  return name.replace(/, p\d+$/, '');
}
