import type { EpisodeResult } from './episode.ts';
import { isBad } from './run-seed.ts';

export interface Row {
  readonly fault: string;
  readonly injected: number;
  readonly struck: number;
  readonly survived: number;
  readonly lost: number;
  readonly doubled: number;
  readonly complaints: number;
}

/** One row for each fault; an episode in which it did not come to strike shows nothing and is not among the survived. */
export function rowsOf(results: readonly EpisodeResult[]): readonly Row[] {
  return [...Map.groupBy(results, ({ fault }) => fault)]
    .map(([fault, episodes]) => ({
      fault,
      injected: episodes.length,
      struck: episodes.filter(({ struck }) => struck).length,
      survived: episodes.filter((episode) => episode.struck && !isBad(episode)).length,
      lost: episodes.filter(({ lost }) => lost.length > 0).length,
      doubled: episodes.filter(({ doubled }) => doubled.length > 0).length,
      complaints: episodes.filter(({ complaints }) => complaints.length > 0).length,
    }))
    .sort((left, right) => left.fault.localeCompare(right.fault));
}

export function tableOf(rows: readonly Row[]): string {
  const columns = ['fault', 'injected', 'struck', 'survived', 'lost', 'doubled', 'complaints'] as const;
  const cells = [[...columns], ...rows.map((row) => columns.map((column) => String(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((text, index) => (index === 0 ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
