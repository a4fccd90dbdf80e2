/** One thing that was looked at. */
export interface Finding {
  readonly check: string;
  /** `fail`: dayfold cannot do its work like this. `warn`: it can, but somebody should look. */
  readonly state: 'ok' | 'warn' | 'fail';
  readonly message: string;
  readonly remedy?: string;
}

export function ok(check: string, message: string): Finding {
  return { check, state: 'ok', message };
}

export function warn(check: string, message: string, remedy: string): Finding {
  return { check, state: 'warn', message, remedy };
}

export function fail(check: string, message: string, remedy: string): Finding {
  return { check, state: 'fail', message, remedy };
}
