/** What stands in a row of a table, and under which names. Rows with the same columns have the same list of names. */
export interface Cells {
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** One record of a file, or why there is none at this place. */
export interface Row {
  /** For people: `line 12`, `item 3`. */
  readonly place: string;
  readonly record?: unknown;
  /** The record once more, where it is a row of a table. */
  readonly cells?: Cells;
  readonly broken?: string;
  /** What stood there, shortened. */
  readonly sample: string;
  /** The series this record is for; every series when absent. */
  readonly series?: string;
}

export function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
