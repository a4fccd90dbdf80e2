import { expect, test } from 'vitest';
import { CASES } from '../../src/index.ts';
import type { CaseResult } from '../../src/index.ts';
import { legendPlaces } from '../../src/plots/legend.ts';
import { svgOf } from '../../src/plots/svg-plot.ts';

const plotted = CASES.flatMap(({ name, contenders, plots = [] }) =>
  plots.map((plot) => ({ name, contenders, plot, file: plot.file })),
);

/** The same figures for every contender, each a little higher than the one before. */
function invented(names: readonly string[], figures: readonly string[]): CaseResult {
  const contenders = names.map((name, index) => {
    const spread = { median: 10 + index, low: 9 + index, high: 12 + index };
    return { name, figures: Object.fromEntries(figures.map((figure) => [figure, spread])) };
  });
  return { name: 'case', title: '', contenders, ratios: [], bounds: [], notMeasured: [] };
}

test.each(plotted)('$file is drawn with each place along, each line, its unit and a legend', ({ contenders, plot }) => {
  const names = contenders.map(({ name }) => name);
  const svg = svgOf(
    plot,
    invented(
      names,
      plot.lines.map(({ figure }) => figure),
    ),
  );
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, content]) => content);
  const places = new Set(plot.lines.flatMap(({ points }) => points.map(({ at }) => at.toLocaleString('en'))));
  expect(texts).toEqual(expect.arrayContaining([plot.title, plot.along, plot.up, ...places]));
  for (const { name } of plot.lines) expect(texts.filter((content) => content === name)).toHaveLength(1);
  expect(svg.match(/<path d=/g)).toHaveLength(plot.lines.length);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test('a figure that a contender of a plot did not give is told by name', () => {
  const { contenders, plot } = plotted[0] as (typeof plotted)[number];
  const names = contenders.map(({ name }) => name);
  expect(() => svgOf(plot, invented(names, ['other']))).toThrow(`gave no ${plot.lines[0]?.figure}`);
});

test('entries of a legend that do not fit into a row begin another', () => {
  const places = legendPlaces(['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)], 0, 400);
  expect(places.map(({ row }) => row)).toEqual([0, 0, 1]);
  expect(places[2]?.left).toBe(0);
  expect(legendPlaces(['a'.repeat(200)], 0, 400)).toEqual([{ left: 0, row: 0 }]);
});
