import type { MqttOptions } from './options.ts';

export type Filters = ReadonlyMap<string, 0 | 1 | 2>;

/**
 * What to subscribe to: each filter once, with the highest quality that any of its series wants, and none that another
 * one covers, since a broker may deliver a copy for each subscription that matches. Filters that overlap have one
 * quality, so that each copy is as good as the other.
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
  return levelled(filters);
}

/** Those of which some topic matches another one too. */
export function overlapping(filters: Filters): ReadonlySet<string> {
  // A filter without wildcards that overlaps one is covered by it.
  const wildcards = [...filters.keys()].filter((filter) => /[+#]/.test(filter));
  return new Set(wildcards.filter((one) => wildcards.some((other) => other !== one && overlaps(one, other))));
}

/** Whether some topic matches both. */
export function overlaps(left: string, right: string): boolean {
  if (left.startsWith('$') !== right.startsWith('$')) return false;
  const [ours, theirs] = [left.split('/'), right.split('/')];
  for (let index = 0; index < Math.max(ours.length, theirs.length); index += 1) {
    const [our, their] = [ours[index], theirs[index]];
    if (our === '#' || their === '#') return true;
    if (our === undefined || their === undefined) return false;
    if (our !== '+' && their !== '+' && our !== their) return false;
  }
  return true;
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

/**
 * The same without overlaps as far as that goes: two that overlap and begin with the same name become the narrowest that
 * covers both, and more may come than is wanted. Those that begin with a wildcard stay, for it could be everything.
 */
export function joined(filters: Filters): Filters {
  const result = new Map(filters);
  for (let pair = joinable(result); pair !== undefined; pair = joinable(result)) {
    const [left, right] = pair;
    const qos = Math.max(result.get(left) ?? 0, result.get(right) ?? 0) as 0 | 1 | 2;
    const common = narrowestOver(left, right);
    for (const one of result.keys()) if (covers(common, one)) result.delete(one);
    result.set(common, qos);
  }
  return result;
}

function joinable(filters: Filters): readonly [string, string] | undefined {
  const all = [...overlapping(filters)];
  for (const left of all) {
    const first = left.split('/')[0] as string;
    const right = all.find((one) => one !== left && one.split('/')[0] === first && overlaps(left, one));
    if (right !== undefined && !/^[+#]$/.test(first)) return [left, right];
  }
  return undefined;
}

function narrowestOver(left: string, right: string): string {
  const [ours, theirs] = [left.split('/'), right.split('/')];
  const levels: string[] = [];
  for (const [index, our] of ours.entries()) {
    const their = theirs[index];
    if (our === '#' || their === '#' || their === undefined) return [...levels, '#'].join('/');
    levels.push(our === their ? our : '+');
  }
  return (ours.length === theirs.length ? levels : [...levels, '#']).join('/');
}

function widest(filter: string, wildcards: readonly string[]): string {
  let found = filter;
  for (const wildcard of wildcards) if (wildcard !== found && covers(wildcard, found)) found = wildcard;
  return found;
}

function levelled(filters: ReadonlyMap<string, 0 | 1 | 2>): Filters {
  const all = new Map(filters);
  const names = [...overlapping(filters)];
  for (let isDone = false; !isDone;) {
    isDone = true;
    for (const one of names) {
      const qos = Math.max(...names.filter((other) => overlaps(one, other)).map((other) => all.get(other) ?? 0));
      if (qos !== all.get(one)) isDone = false;
      all.set(one, qos as 0 | 1 | 2);
    }
  }
  return all;
}
