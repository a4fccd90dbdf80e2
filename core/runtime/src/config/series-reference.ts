import type { SourceConfiguration } from './configuration.ts';
import { closest } from './mistakes.ts';

/** What is wrong with a reference `source.series`; undefined where it is good, or only the plugin can know. */
export function wrongReference(
  reference: string,
  sources: readonly Pick<SourceConfiguration, 'name' | 'options'>[],
): { readonly message: string; readonly suggestion?: string | undefined } | undefined {
  const dot = reference.indexOf('.');
  const every = sources.flatMap((source) =>
    (seriesOf(source.options) ?? []).map((series) => `${source.name}.${series}`),
  );
  if (dot <= 0 || dot === reference.length - 1) {
    const ending = every.find((known) => known.endsWith(`.${reference}`));
    return { message: 'expected a series as source.series', suggestion: ending ?? closest(reference, every) };
  }
  const name = reference.slice(0, dot);
  const series = reference.slice(dot + 1);
  const source = sources.find((each) => each.name === name);
  if (source === undefined) {
    const near = closest(
      name,
      sources.map((each) => each.name),
    );
    return {
      message: `there is no source named ${name}`,
      suggestion: near === undefined ? closest(reference, every) : `${near}.${series}`,
    };
  }
  const known = seriesOf(source.options);
  if (known === undefined || known.some((pattern) => matches(series, pattern))) return undefined;
  const suggestion = closest(series, known);
  return {
    message: `the source ${name} has no series ${series}`,
    suggestion: suggestion === undefined ? undefined : `${name}.${suggestion}`,
  };
}

/** Series that a source names in its options; undefined where its plugin decides. */
function seriesOf(options: unknown): readonly string[] | undefined {
  if (typeof options !== 'object' || options === null || !('series' in options)) return undefined;
  const { series } = options;
  if (typeof series !== 'object' || series === null || Array.isArray(series)) return undefined;
  return Object.keys(series);
}

/** `temp_{1}` stands for every series that a message can make of it. */
function matches(series: string, pattern: string): boolean {
  if (series === pattern) return true;
  const parts = pattern.split(/\{\d+\}/);
  if (parts.length === 1) return false;
  const expression = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.+');
  return new RegExp(`^${expression}$`, 's').test(series);
}
