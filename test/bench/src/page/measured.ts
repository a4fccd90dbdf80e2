import type { BenchCase } from '../bench-case.ts';
import { goalText, spreadText } from '../report.ts';
import type { KeptResult, Results } from '../results.ts';
import { figureName } from './figures.ts';
import { SECTIONS } from './sections.ts';
import type { Section } from './sections.ts';

/** Tables and plots of what was measured; what was not is named. */
export function measuredText({ machine, results }: Results, cases: readonly BenchCase[]): string {
  const { node, platform, cpu, cores, memoryMb } = machine;
  const days = [...new Set(results.map(({ at }) => at.slice(0, 10)))].sort();
  const head = `Node.js ${node} on ${platform}, ${cores} cores (${cpu}), ${Math.round(memoryMb / 1024)} GB, ${days.join(' and ')}. Medians, lowest and highest round in brackets; the ratios were taken within each round.`;
  const missing = SECTIONS.flatMap((section) => section.cases).filter(
    (name) => !results.some((result) => result.name === name),
  );
  const parts = SECTIONS.flatMap((section) => sectionText(section, results, cases));
  return [
    head,
    ...parts,
    ...(missing.length === 0 ? [] : [`Not measured: ${missing.map((name) => `\`${name}\``).join(', ')}.`]),
  ].join('\n\n');
}

function sectionText(section: Section, results: readonly KeptResult[], cases: readonly BenchCase[]): string[] {
  const shown = section.cases.flatMap((name) => results.filter((result) => result.name === name));
  if (shown.length === 0) return [];
  const nameOf = (figure: string): string => section.names?.[figure] ?? figureName(figure);
  return [
    `### ${section.title}`,
    section.text,
    ...shown.flatMap((result) => {
      const plots = cases.find(({ name }) => name === result.name)?.plots ?? [];
      return [
        `**${result.title}** (\`${result.name}\`, ${result.runs === 1 ? 'one round' : `${result.runs} rounds`})`,
        tableText(result, nameOf),
        ...judgedText(result, nameOf),
        ...plots.map(({ file, title, along }) => `![${title}, along ${along}](performance/${file}.svg)`),
      ];
    }),
  ];
}

function tableText({ contenders }: KeptResult, nameOf: (figure: string) => string): string {
  const figures = [...new Set(contenders.flatMap((contender) => Object.keys(contender.figures)))];
  const rows = contenders.map(
    (contender) =>
      `| ${contender.name} | ${figures.map((figure) => spreadText(contender.figures[figure])).join(' | ')} |`,
  );
  return [`| | ${figures.map(nameOf).join(' | ')} |`, `|---|${figures.map(() => '---').join('|')}|`, ...rows].join(
    '\n',
  );
}

/** A list, left out where nothing is to be said. */
function judgedText(result: KeptResult, nameOf: (figure: string) => string): string[] {
  const lines = [
    ...result.ratios.map(
      ({ figure, of, to, ratio, isMet, ...goal }) =>
        `- ${nameOf(figure)}, ${of} ÷ ${to}: ${spreadText(ratio)}${goalText(goal, isMet)}`,
    ),
    ...result.bounds.map(
      ({ figure, of, value, isMet, ...bound }) =>
        `- ${nameOf(figure)} of ${of}: ${spreadText(value)}${goalText(bound, isMet)}`,
    ),
    ...result.notMeasured.map((what) => `- ${what}: not measured, the machine had no means for it`),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}
