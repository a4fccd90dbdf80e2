const NOT_THERE: ReadonlySet<unknown> = new Set(['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND']);

/** Whether a part that is loaded when it is first asked for is gone from disk. */
export function isPartMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NOT_THERE.has(error.code);
}

export const PART_MISSING =
  'a part of dayfold is no longer where it was, as after an upgrade while it runs; start dayfold again';
