/** What a figure is called on a page. */
const NAMES: Readonly<Record<string, string>> = {
  per_second: 'messages/s',
  cpu_us: 'CPU µs a message',
  peak_mb: 'peak MB',
  rss_mb: 'MB at rest',
  p50_ms: 'p50 ms',
  p99_ms: 'p99 ms',
  ms: 'ms',
  first_ms: 'first ms',
  read_ms: 'rows read, ms',
  fold_ms: 'folded, ms',
  refold_ms: 'folded again, ms',
  wakeups_per_second: 'wake-ups/s',
  cpu_permille: 'CPU ‰ of a core',
  written_mb_day: 'MB written a day',
  syncs_day: 'syncs a day',
  updates_a_day: 'updates a day',
  other_requests: 'other requests',
};

export function figureName(figure: string): string {
  return NAMES[figure] ?? figure;
}
