/** In characters, between two line ends. A quote that is never closed would otherwise swallow the rest of the file. */
export const LONGEST_RECORD = 1024 * 1024;
/** As many as a spreadsheet has; each costs time and memory in every row. */
export const MOST_COLUMNS = 16_384;
/** In bytes, of JSON Lines and logs. */
export const LONGEST_LINE = 16 * 1024 * 1024;
/** In bytes. A JSON document stands in memory whole; larger ones belong into JSON Lines. */
export const LARGEST_DOCUMENT = 64 * 1024 * 1024;

export function tooWide(columns: number): string {
  return `${columns} columns, and at most ${MOST_COLUMNS} are read`;
}
