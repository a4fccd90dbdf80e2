type Named = Readonly<Record<string, object>>;

/** A `dayfold.yaml` of these sources, in UTC; `more` are further sections. Text with any character comes through as it is. */
export function configurationOf(sources: Named, attributes: Named = {}, more: Named = {}): string {
  const sections = { web: { port: 0 }, journal: { commit_every: '20ms' }, ...more };
  return [
    'timezone: UTC',
    ...Object.entries(sections).map(([name, options]) => `${name}: ${JSON.stringify(options)}`),
    'sources:',
    ...linesOf(sources),
    ...(Object.keys(attributes).length === 0 ? [] : ['attributes:', ...linesOf(attributes)]),
    '',
  ].join('\n');
}

function linesOf(named: Named): readonly string[] {
  return Object.entries(named).map(([name, options]) => `  ${name}: ${JSON.stringify(options)}`);
}
