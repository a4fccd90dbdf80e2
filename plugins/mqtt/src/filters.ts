import type { MqttOptions } from './options.ts';

export type Filters = ReadonlyMap<string, 0 | 1 | 2>;

/**
 * What to subscribe to: each filter once, with the highest quality that any of its series wants, and none that another
 * one covers, since a broker may deliver a copy for each subscription that matches.
 */
export function filtersOf({ series, qos: usual }: Pick<MqttOptions, 'series' | 'qos'>): Filters {
  const wanted = new Map<string, 0 | 1 | 2>();
  for (const { topic, qos = usual } of Object.values(series)) {
    if (qos >= (wanted.get(topic) ?? 0)) wanted.set(topic, qos);
  }
  const filters = new Map<string, 0 | 1 | 2>();
  const wildcards = [...wanted.keys()].filter((filter) => /[+#]/.test(filter));
  for (const [filter, qos] of wanted) {
    const cover = widest(filter, wildcards);
    filters.set(cover, Math.max(filters.get(cover) ?? 0, qos) as 0 | 1 | 2);
  }
  return filters;
}

/** Whether every topic that `narrow` matches is matched by `wide` too. */
export function covers(wide: string, narrow: string): boolean {
  if (narrow.startsWith('$') && !wide.startsWith('$')) return false;
  const levels = narrow.split('/');
  const wanted = wide.split('/');
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    const level = levels[index];
    if (level === undefined || level === '#') return false;
    if (want !== '+' && want !== level) return false;
  }
  return levels.length === wanted.length;
}

function widest(filter: string, wildcards: readonly string[]): string {
  let found = filter;
  for (const wildcard of wildcards) if (wildcard !== found && covers(wildcard, found)) found = wildcard;
  return found;
}
