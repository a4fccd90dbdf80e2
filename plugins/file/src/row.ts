/** One record of a file, or why there is none at this place. */
export interface Row {
  /** For people: `line 12`, `item 3`. */
  readonly place: string;
  readonly record?: unknown;
  readonly broken?: string;
  /** What stood there, shortened. */
  readonly sample: string;
  /** The series this record is for; every series when absent. */
  readonly series?: string;
}

export function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
