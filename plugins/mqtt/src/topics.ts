/** Whether a filter with wildcards matches a topic, and what each wildcard took; undefined when it does not. */
export function matched(filter: string, topic: string): readonly string[] | undefined {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  // Topics of the broker itself are not meant by a leading wildcard: MQTT 3.1.1, section 4.7.2.
  if (topic.startsWith('$') && (wanted[0] === '#' || wanted[0] === '+')) return undefined;
  const taken: string[] = [];
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return [...taken, levels.slice(index).join('/')];
    const level = levels[index];
    if (level === undefined) return undefined;
    if (want === '+') taken.push(level);
    else if (want !== level) return undefined;
  }
  return levels.length === wanted.length ? taken : undefined;
}

/** `temp_{1}` with what the first wildcard took; other than letters, digits, _ and - become _. */
export function seriesName(template: string, taken: readonly string[]): string {
  return template.replaceAll(/\{(\d+)\}/g, (_all, number: string) =>
    (taken[Number(number) - 1] ?? '').replaceAll(/[^\p{L}\p{N}_-]/gu, '_'),
  );
}
