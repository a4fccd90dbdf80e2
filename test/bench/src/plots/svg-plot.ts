import { scaleLinear, scaleLog } from 'd3-scale';
import { line as pathOf, symbol } from 'd3-shape';
import type { Plot } from '../bench-case.ts';
import type { CaseResult } from '../report.ts';
import { curvesOf } from './curves.ts';
import type { Curve, Point } from './curves.ts';
import { LEGEND_ROW, legendPlaces } from './legend.ts';

const WIDTH = 720;
/** Where texts begin that no axis places. */
const EDGE = 8;
const LEFT = 78;
const RIGHT = 696;
const TOP = 60;
const BOTTOM = 330;
const LEGEND = 394;
const TICKS = 5;
/** Of a mark, in square pixels. */
const MARK = 44;
/** So that marks at both ends do not lie on the frame. */
const INSET = 12;

/** Follows the reader's choice of light or dark, on a ground of its own: it can be read on either. */
const STYLE = `
  .ground { fill: #ffffff } text { fill: #1f2328; font: 13px system-ui, sans-serif } .title { font-weight: 600; font-size: 15px }
  .grid { stroke: #d1d9e0 } .axis { stroke: #59636e } .curve { fill: none; stroke-width: 2 } .spread { stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .grid { stroke: #30363d } .axis { stroke: #9198a1 }
    .curve, .spread, .mark { filter: brightness(1.35) }
  }`;

interface Scale {
  (value: number): number;
  ticks(count?: number): number[];
}

/** Medians with their lowest and highest, as SVG without scripts or outside parts. */
export function svgOf(plot: Plot, result: CaseResult): string {
  const curves = curvesOf(plot, result);
  const points = curves.flatMap((curve) => curve.points);
  const places = [...new Set(points.map(({ at }) => at))];
  const x: Scale = scaleLog()
    .domain([Math.min(...places), Math.max(...places)])
    .range([LEFT + INSET, RIGHT - INSET]);
  const y = upScale(plot, points);
  const keys = legendPlaces(
    curves.map(({ name }) => name),
    LEFT,
    RIGHT,
  );
  const height = LEGEND + ((keys.at(-1)?.row ?? 0) + 1) * LEGEND_ROW;
  const parts = [
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    text(LEFT, 24, plot.title, 'class="title"'),
    text(EDGE, TOP - 14, plot.up),
    text((LEFT + RIGHT) / 2, BOTTOM + 42, plot.along, 'text-anchor="middle"'),
    ...ticksOf(plot, y).flatMap((value) => [
      stroke([LEFT, y(value)], [RIGHT, y(value)], 'class="grid"'),
      text(LEFT - 8, y(value) + 4, value.toLocaleString('en'), 'text-anchor="end"'),
    ]),
    ...places.flatMap((at) => [
      stroke([x(at), BOTTOM], [x(at), BOTTOM + 5], 'class="axis"'),
      text(x(at), BOTTOM + 21, at.toLocaleString('en'), 'text-anchor="middle"'),
    ]),
    stroke([LEFT, BOTTOM], [RIGHT, BOTTOM], 'class="axis"'),
    stroke([LEFT, TOP], [LEFT, BOTTOM], 'class="axis"'),
    ...curves.flatMap((curve) => drawn(curve, x, y)),
    ...keys.flatMap(({ left, row }, index) => {
      const curve = curves[index] as Curve;
      const at = LEGEND + row * LEGEND_ROW;
      return [
        stroke([left, at - 4], [left + 26, at - 4], lookOf(curve)),
        markAt(curve, left + 13, at - 4),
        text(left + 32, at, curve.name),
      ];
    }),
  ];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`;
  return `${[head, `<title>${escaped(plot.title)}</title>`, `<style>${STYLE}\n</style>`, ...parts, '</svg>'].join('\n')}\n`;
}

function upScale({ scale }: Plot, points: readonly Point[]): Scale {
  const low = Math.min(...points.map((point) => point.low));
  const high = Math.max(...points.map((point) => point.high));
  if (scale === 'linear') return scaleLinear().domain([0, high]).nice(TICKS).range([BOTTOM, TOP]);
  return scaleLog().domain([low, high]).nice().range([BOTTOM, TOP]);
}

/** Of a logarithmic axis the whole powers of ten: those between would lie on each other. */
function ticksOf({ scale }: Plot, y: Scale): number[] {
  if (scale === 'linear') return y.ticks(TICKS);
  return y.ticks().filter((value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9);
}

function drawn(curve: Curve, x: Scale, y: Scale): string[] {
  const { points, colour } = curve;
  const path = pathOf<Point>(
    ({ at }) => x(at),
    ({ median }) => y(median),
  ).digits(1);
  return [
    `<path d="${path([...points])}" ${lookOf(curve)}/>`,
    ...points.flatMap(({ at, low, high, median }) => [
      stroke([x(at), y(low)], [x(at), y(high)], `class="spread" stroke="${colour}"`),
      markAt(curve, x(at), y(median)),
    ]),
  ];
}

function markAt({ mark, colour }: Curve, x: number, y: number): string {
  const shape = symbol(mark, MARK).digits(1)();
  return `<path class="mark" transform="translate(${px(x)} ${px(y)})" d="${shape}" fill="${colour}"/>`;
}

function lookOf({ colour, dash }: Curve): string {
  return `class="curve" stroke="${colour}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
}

function stroke([x1, y1]: [number, number], [x2, y2]: [number, number], look: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" ${look}/>`;
}

function text(x: number, y: number, content: string, more?: string): string {
  return `<text x="${px(x)}" y="${px(y)}"${more === undefined ? '' : ` ${more}`}>${escaped(content)}</text>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
